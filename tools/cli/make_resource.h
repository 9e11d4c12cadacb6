// `tollgate make:resource` and `make:model`: a definition from its fields, sent to a running
// server.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/admin_client.h"

namespace CLI {
class App;
}

namespace tollgate {

struct MakeResourceOptions {
  AdminClientOptions server;
  std::string name;
  std::vector<std::string> fields;
  std::string path;
  bool migrate = false;  // Accepted, and needless: a definition is served as soon as it is made.
  bool protect = false;  // Accepted: every route of rows needs an API key anyway.
  bool as_json = false;
};

// Where CLI11 has it that a name holds no colon: "make:resource" is "make-resource" inside.
CLI::App& add_make_resource_command(CLI::App& app, MakeResourceOptions& options);
CLI::App& add_make_model_command(CLI::App& app, MakeResourceOptions& options);

// The exit code. A model's rows can't be written through the API.
int make_resource(const MakeResourceOptions& options, bool is_model);

}  // namespace tollgate
