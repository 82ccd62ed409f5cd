#include "support/golden.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <png.h>
#include <unistd.h>

namespace auriga::test {

namespace fs = std::filesystem;

fs::path test_data() {
  if (const char* folder = std::getenv("AURIGA_TEST_DATA")) return folder;
  return AURIGA_DEFAULT_TEST_DATA;
}

fs::path repository() { return AURIGA_REPOSITORY; }

fs::path open_pack() { return repository() / "build/open-pack"; }

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "auriga-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t begin = 0;
  while (true) {
    std::size_t end = std::min(line.find(',', begin), line.size());
    std::size_t first = begin, last = end;
    while (first < last && std::isspace(static_cast<unsigned char>(line[first]))) ++first;
    while (last > first && std::isspace(static_cast<unsigned char>(line[last - 1]))) --last;
    cells.push_back(line.substr(first, last - first));
    if (end == line.size()) return cells;
    begin = end + 1;
  }
}

}  // namespace

Table::Table(const fs::path& file) {
  std::istringstream in(read_text(file));
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("empty table " + file.string());
  columns_ = split(line);
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    cells_.push_back(split(line));
    if (cells_.back().size() != columns_.size())
      throw std::runtime_error("ragged row " + std::to_string(cells_.size()) + " in " +
                               file.string());
  }
}

bool Table::has(const std::string& column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::size_t Table::index(const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) throw std::out_of_range("no column " + column);
  return static_cast<std::size_t>(found - columns_.begin());
}

const std::string& Table::text(std::size_t row, const std::string& column) const {
  return cells_.at(row).at(index(column));
}

double Table::number(std::size_t row, const std::string& column) const {
  return number(row, index(column));
}

double Table::number(std::size_t row, std::size_t column) const {
  return std::stod(cells_.at(row).at(column));
}

std::vector<HogRecord> read_hog(const fs::path& file) {
  const std::string bytes = read_text(file);
  std::vector<HogRecord> records;
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::int32_t size[3];
    float good = 0;
    if (bytes.size() - at < 16) throw std::runtime_error("truncated " + file.string());
    std::memcpy(size, &bytes[at], 12);
    std::memcpy(&good, &bytes[at + 12], 4);
    at += 16;
    HogRecord record;
    record.good = good > 0;
    record.values.resize(static_cast<std::size_t>(size[0]) * static_cast<std::size_t>(size[1]) *
                         static_cast<std::size_t>(size[2]));
    if (bytes.size() - at < record.values.size() * 4)
      throw std::runtime_error("truncated " + file.string());
    std::memcpy(record.values.data(), &bytes[at], record.values.size() * 4);
    at += record.values.size() * 4;
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<double> read_f64(const fs::path& file) {
  const std::string bytes = read_text(file);
  std::vector<double> values(bytes.size() / 8);
  std::memcpy(values.data(), bytes.data(), values.size() * 8);
  return values;
}

Image read_png(const fs::path& file) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&header, file.c_str()) == 0)
    throw std::runtime_error(file.string() + ": " + header.message);
  header.format = PNG_FORMAT_BGR;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height), 3);
  if (png_image_finish_read(&header, nullptr, image.data(), static_cast<png_int_32>(image.stride()),
                            nullptr) == 0)
    throw std::runtime_error(file.string() + ": " + header.message);
  return image;
}

}  // namespace auriga::test
