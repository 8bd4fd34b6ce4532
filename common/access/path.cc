#include "common/access/path.h"

namespace qinglian::access {

bool Reaches(std::string_view root, std::string_view path) {
  if (root.empty()) return true;
  for (size_t at = 0; at + kIdSize <= path.size(); at += kIdSize) {
    if (path.substr(at, kIdSize) == root) return true;
  }
  return false;
}

std::string PathEnd(std::string_view path) {
  std::string end(path);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace qinglian::access
