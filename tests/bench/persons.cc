#include "tests/bench/persons.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/crypto/crypto.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/seal/sealed_values.h"
#include "tests/bench/bare.h"
#include "tests/bench/gets.h"
#include "tests/bench/loads.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

// How many persons one file has, and how many come in through the service.
constexpr int64_t kAtOnce = 100'000;
constexpr int64_t kImported = 100'000;

constexpr const char* kDigits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

// A number of region 99, which nobody has, with the checksum of GB 11643.
std::string IdentityNumber(int64_t n) {
  constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  std::string number = absl::StrFormat("99%04d19%02d%02d%02d%03d", n / 1000 % 10'000, 60 + n % 40,
                                       1 + n % 12, 1 + n % 28, n % 1000);
  int sum = 0;
  for (int i = 0; i < 17; ++i) sum += (number[static_cast<size_t>(i)] - '0') * kWeights[i];
  return number + "10X98765432"[sum % 11];
}

std::string NameOf(int64_t n) {
  std::string name = "示例员";
  for (int i = 0; i < 7; ++i, n /= 10) name += kDigits[n % 10];
  return name;
}

// One table's file: rows of texts, escaped.
class Table {
 public:
  Table(std::string name, std::string columns, std::string path)
      : name_(std::move(name)), columns_(std::move(columns)), path_(std::move(path)) {}

  void Add(const std::vector<std::string_view>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) rows_ += '\t';
      AppendEscaped(values[i], rows_);
    }
    rows_ += '\n';
  }

  // Loads what was added.
  void Load(sql::Connection& connection) {
    std::ofstream file(path_, std::ios::binary);
    if (!(file << rows_) || !file.flush()) Fail("cannot write " + path_);
    file.close();
    rows_.clear();
    RunBare(connection, absl::StrCat("LOAD DATA LOCAL INFILE '", path_, "' INTO TABLE ", name_,
                                     " CHARACTER SET binary (", columns_, ")"));
  }

 private:
  const std::string name_, columns_, path_;
  std::string rows_;
};

seal::KeyVersions KeysOf(House& house) {
  std::stringstream text;
  text << std::ifstream(house.system().folder() + "/sealing.key").rdbuf();
  auto keys = seal::ParseKeys(text.str());
  if (!keys.has_value()) Fail("the house has no sealing keys");
  return *std::move(keys);
}

// The rows of one person after another, for all four tables.
class Writer {
 public:
  Writer(House& house, const Folder& folder)
      : keys_(KeysOf(house)),
        persons_("persons",
                 "id, version, display_name, staff_number, organization, party_membership, "
                 "employment_state, create_time, update_time, details, identity_number_masked",
                 folder / "persons"),
        posts_("posts",
               "id, version, organization, display_name, `rank`, key_post, head_count, state, "
               "create_time, update_time, details",
               folder / "posts"),
        assignments_("assignments",
                     "id, version, person, post, organization, `rank`, acting, start_date, state, "
                     "document_number, create_time, update_time, details",
                     folder / "assignments"),
        sealed_("sealed_values",
                "collection, owner, field, algorithm, key_version, wrapped_key, ciphertext, digest",
                folder / "sealed_values") {}

  void Add(int64_t n, const std::string& organization, bool leads) {
    const std::string person = NextId(), post = NextId(), assignment = NextId();
    const std::string number = IdentityNumber(n);
    const std::string masked = "**************" + number.substr(14);
    const std::string_view time = "2020-01-01 00:00:00";
    const std::string_view rank = leads ? "RANK_PRINCIPAL_LEADER" : "RANK_STAFF";
    persons_.Add({person, "1", NameOf(n), absl::StrCat("NATION-", n), organization,
                  "PARTY_MEMBERSHIP_MEMBER", "EMPLOYMENT_STATE_EMPLOYED", time, time, "", masked});
    posts_.Add({post, "1", organization, leads ? "负责人" : "工作人员", rank, leads ? "1" : "0",
                "1", "STATE_ACTIVE", time, time, ""});
    assignments_.Add({assignment, "1", person, post, organization, rank, "0", "2020-01-01",
                      "STATE_CURRENT", "", time, time, ""});
    Seal(person, number);
  }

  void Load(sql::Connection& connection) {
    RunBare(connection, "START TRANSACTION");
    for (Table* table : {&persons_, &posts_, &assignments_, &sealed_}) table->Load(connection);
    RunBare(connection, "COMMIT");
  }

 private:
  // In the order of time, as the service makes them.
  std::string NextId() {
    time_ += absl::Milliseconds(1);
    return id::Uuid::NewV7(time_).Bytes();
  }

  // As seal::SealedValues::Put does it.
  void Seal(const std::string& person, std::string number) {
    const seal::Place place{"persons", person, "identity_number"};
    const std::string digest = crypto::Hmac(keys_.digest_key, crypto::Canonical()
                                                                  .Add("qinglian sealed digest 1")
                                                                  .Add(place.collection)
                                                                  .Add(place.field)
                                                                  .Add(number)
                                                                  .bytes());
    const seal::Envelope envelope =
        seal::SealEnvelope(keys_, place, seal::Secret(std::move(number)));
    sealed_.Add({place.collection, person, place.field, absl::StrCat(envelope.algorithm),
                 absl::StrCat(envelope.key_version), envelope.wrapped_key, envelope.ciphertext,
                 digest});
  }

  const seal::KeyVersions keys_;
  Table persons_, posts_, assignments_, sealed_;
  absl::Time time_ = absl::FromUnixSeconds(1'577'836'800);
};

// Whose persons are whose: those of an organization come after each other, the first of them leads.
class Places {
 public:
  Places(std::vector<std::string> organizations, int64_t persons)
      : organizations_(std::move(organizations)), persons_(persons) {}

  const std::string& Of(int64_t n) const { return organizations_[At(n)]; }
  bool Leads(int64_t n) const { return n == 0 || At(n - 1) != At(n); }

 private:
  size_t At(int64_t n) const {
    return static_cast<size_t>(n * static_cast<int64_t>(organizations_.size()) / persons_);
  }

  const std::vector<std::string> organizations_;
  const int64_t persons_;
};

void ImportFirst(const House& house, const Places& places, int64_t count) {
  const Folder folder;
  const std::string path = folder / "persons.csv";
  {
    std::ofstream file(path);
    file << "staff_number,name,organization,party_membership,employment,post,rank,key_post,"
            "head_count,start_date,identity_number\n";
    for (int64_t n = 0; n < count; ++n) {
      const bool leads = places.Leads(n);
      file << "NATION-" << n << "," << NameOf(n) << ","
           << id::FormatName("organizations", *id::Uuid::FromBytes(places.Of(n)))
           << ",MEMBER,EMPLOYED,"
           << (leads ? "负责人,PRINCIPAL_LEADER,是,1" : "工作人员,STAFF,否,999") << ",2020-01-01,"
           << IdentityNumber(n) << "\n";
    }
    if (!file.flush()) Fail("cannot write " + path);
  }
  const absl::Time begin = absl::Now();
  house.ImportPersons(path);
  Note(absl::StrCat("nation_load: the first ", count, " persons through the service in ",
                    absl::FormatDuration(absl::Now() - begin)));
}

}  // namespace

void LoadPersons(House& house, int64_t persons) {
  const Places places(Ids(house), persons);
  const int64_t imported = std::min(persons, kImported);
  ImportFirst(house, places, imported);
  const Folder folder;
  Writer writer(house, folder);
  const auto connection = OpenBare(house.database(), true);
  RunBare(*connection, "SET GLOBAL local_infile = 1");
  for (int64_t n = imported; n < persons;) {
    const int64_t until = std::min(persons, n + kAtOnce);
    for (; n < until; ++n) writer.Add(n, places.Of(n), places.Leads(n));
    writer.Load(*connection);
    if (n % 1'000'000 == 0) Note(absl::StrCat("nation_load: ", n, " persons"));
  }
  RunBare(*connection, "SET GLOBAL local_infile = 0");
}

}  // namespace qinglian::bench
