// Requests to `auriga view`: raw bytes, and the same as somebody sends them who has the key. The
// viewer answers and goes on; without the key nobody gets anything.
#include <memory>
#include <string>

#include "fuzz_folder.hpp"
#include "fuzz_loopback.hpp"
#include "viewer/viewer.hpp"

namespace {

using namespace auriga;

struct Served {
  std::unique_ptr<Viewer> viewer;
  std::string token;

  Served() {
    std::string table =
        "frame,face_id,timestamp,confidence,success,AU12_r,AU12_c,pose_Rx,x_0,note\n";
    for (int i = 1; i <= 40; ++i)
      table += std::to_string(i) + ",0," + std::to_string((i - 1) / 30.0) +
               (i == 20 ? ",0.1,0,0,0,0,0,\n" : ",0.9,1,2.5,1,0.1,12.5,\"a, b\"\n");
    std::filesystem::create_directory(fuzz::folder().path() / "r");
    fuzz::folder().write("r/a.csv", table);
    fuzz::folder().write("r/b.csv", "frame,success,AU12_r\n1,1,2\n");
    ViewerOptions options;
    options.version = "1";
    viewer = std::make_unique<Viewer>(find_study({fuzz::folder().path() / "r"}, {}), options);
    token = viewer->address().substr(viewer->address().find('=') + 1);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const Served served;
  const int port = served.viewer->port();
  const std::string_view text = fuzz::text(bytes, size);

  const std::string reply = fuzz::asked(port, text);
  // No mutation finds 128 bits by chance.
  if (reply.find(served.token) != reply.npos || reply.find("HTTP/1.1 200") == 0) __builtin_trap();

  // With the key behind the first line.
  const std::size_t line_end = text.find('\n');
  if (line_end == text.npos) return 0;
  std::string with_key(text.substr(0, line_end + 1));
  with_key += "Host: 127.0.0.1:" + std::to_string(port) + "\r\nCookie: auriga_view_" +
              std::to_string(port) + "=" + served.token + "\r\n";
  with_key += text.substr(line_end + 1);
  fuzz::asked(port, with_key);
  return 0;
}
