// The page in the browser of the person who started the program: its files, who gets them, and the
// headers of every answer. What else there is to ask for its owner answers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "files/json.hpp"
#include "viewer/http_server.hpp"

namespace auriga {

// What a request asks for is not there, or makes no sense: thrown, it becomes an answer for people.
struct Refusal {
  int status;
  std::string text;
};

HttpReply json_reply(const Json& json, int status = 200);
// {"error": text}
HttpReply problem(int status, const std::string& text);
HttpReply text_reply(std::string text, std::string_view type);

// Nothing for text that is no whole number.
std::optional<std::int64_t> whole_number(std::string_view text);
// The whole number of that name in the query; throws Refusal unless it is one and within.
std::int64_t number_in(const HttpRequest& request, const std::string& name, std::int64_t least,
                       std::int64_t most, std::optional<std::int64_t> standard = std::nullopt);

struct PageServerOptions {
  int port = 0;                      // 0: any free one
  bool read_only = false;            // no PUT
  std::string first = "index.html";  // what `/` is
};

// Serves `page_files()` below /page/ and, at /, the first page; all else is asked of `answer`, by
// several threads at a time. Only who came with the token is answered (Access). Errors that
// `answer` throws become answers with their words.
class PageServer {
 public:
  // Does not answer before start(). Throws Error as HttpServer::bind and Access.
  PageServer(const PageServerOptions& options, HttpServer::Answer answer);
  ~PageServer();  // as stop()

  void start();
  void stop();
  int port() const;
  // With the token: only who has it gets in.
  std::string address() const;
  // s since the last request.
  double quiet_s() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace auriga
