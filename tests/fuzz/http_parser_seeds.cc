// Writes the parser's vectors as first inputs of its fuzzer: with wide bounds and with tight ones.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/http_vectors.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  int count = 0;
  for (const net::HttpVector& vector : net::http_vectors()) {
    for (const char bounds : {'\0', '\1'}) {
      const std::filesystem::path path = std::filesystem::path(argv[1]) / std::to_string(count);
      std::ofstream file(path, std::ios::binary);
      file << bounds << static_cast<char>(count * 7) << "\x21\x03" << vector.bytes;
      if (!file.flush()) {
        std::fprintf(stderr, "cannot write %s\n", path.c_str());
        return 1;
      }
      ++count;
    }
  }
  std::printf("%d inputs written\n", count);
  return 0;
}
