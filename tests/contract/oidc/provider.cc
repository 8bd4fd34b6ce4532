#include "tests/contract/oidc/provider.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace qinglian::gateway::oidc {
namespace {

// Node takes a second to start, and longer on a machine that is busy.
constexpr long kPatienceSeconds = 60;

size_t Append(char* data, size_t size, size_t count, void* into) {
  static_cast<std::string*>(into)->append(data, size * count);
  return size * count;
}

// What is answered to a form that is posted; `user` is "name:password", or empty.
std::string Post(const std::string& url, const std::string& form, const std::string& user) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kPatienceSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, form.c_str());
  if (!user.empty()) curl_easy_setopt(curl.get(), CURLOPT_USERPWD, user.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  EXPECT_EQ(code, CURLE_OK) << url << ": " << curl_easy_strerror(code);
  return body;
}

std::string FirstLine(int fd) {
  std::string line;
  for (char c = 0; read(fd, &c, 1) == 1 && c != '\n';) line.push_back(c);
  return line;
}

}  // namespace

Provider::Provider() {
  std::array<int, 2> to{}, from{};
  EXPECT_EQ(pipe2(to.data(), O_CLOEXEC), 0);
  EXPECT_EQ(pipe2(from.data(), O_CLOEXEC), 0);
  std::string program = "node", script = absl::StrCat(QINGLIAN_OIDC_FOLDER, "/provider.mjs"),
              packages = QINGLIAN_NPM;
  char* arguments[] = {program.data(), script.data(), packages.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int error = posix_spawnp(&pid_, "node", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(error, 0) << "node cannot be started";
  close(to[0]);
  close(from[1]);
  input_ = to[1];
  const std::vector<std::string> addresses = absl::StrSplit(FirstLine(from[0]), ' ');
  close(from[0]);
  EXPECT_EQ(addresses.size(), 2u) << "the provider did not start; deploy/install brings it";
  if (addresses.size() != 2) return;
  issuer_ = addresses[0];
  control_ = addresses[1];
}

Provider::~Provider() {
  // It runs until its input ends.
  close(input_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

std::string Provider::TokenOf(const std::string& client) {
  const std::string answer =
      Post(issuer_ + "/token", "grant_type=client_credentials", client + ":secret-of-" + client);
  json_t* json = json_loadb(answer.data(), answer.size(), 0, nullptr);
  const char* token = json_string_value(json_object_get(json, "access_token"));
  EXPECT_NE(token, nullptr) << "no token for " << client;
  std::string text = token == nullptr ? "" : token;
  json_decref(json);
  return text;
}

void Provider::Command(const std::string& path) { Post(control_ + path, "", ""); }

}  // namespace qinglian::gateway::oidc
