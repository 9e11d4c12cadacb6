// Flags of a command that become the members of a request's body.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tollgate {

// Only what was given is in the body: a field that is absent means its default to a POST, and no
// change to a PATCH. What can't be JSON of its kind is refused as bad usage; rules of the fields
// are the server's.
//
// Owner: must live until the command has run.
class BodyFlags {
 public:
  explicit BodyFlags(CLI::App& command) : command_(command) {}
  BodyFlags(const BodyFlags&) = delete;
  BodyFlags& operator=(const BodyFlags&) = delete;

  // A flag ("--name", or "--name,NAME" which may stand without it), the field, what it is for. The
  // word of `null_word`, if there is one, means null.
  struct Flag {
    std::string names;
    std::string field;
    std::string help;
    std::string null_word = {};
  };
  BodyFlags& text(const Flag& flag);
  BodyFlags& integer(const Flag& flag);
  BodyFlags& json(const Flag& flag);
  // Values joined by commas, or the flag again; one empty value is the empty list.
  BodyFlags& list(const Flag& flag);
  // names: "--active,!--inactive": the second one means false.
  BodyFlags& boolean(const Flag& flag);

  // A member that no flag gives.
  void set(std::string_view field, std::string json);

  bool empty() const;
  std::string body() const;

 private:
  enum class Kind : std::uint8_t { kText, kInteger, kJson, kList, kBoolean };
  struct Entry {
    Kind kind;
    Flag flag;
    CLI::Option* option = nullptr;
    std::string text = {};
    std::vector<std::string> texts = {};
    bool boolean = false;
  };
  struct Fixed {
    std::string field;
    std::string json;
  };
  Entry& add(Kind kind, const Flag& flag);
  static std::string value_of(const Entry& entry);

  CLI::App& command_;
  std::deque<Entry> entries_;  // Where they lie is what the options write to.
  std::vector<Fixed> fixed_;
};

}  // namespace tollgate
