// Who asks for a change on an admin's route. The command carries it: the writer checks again that
// the token may still act, and the audit log names it.
#pragma once

#include <string>

#include "core/domain/admin_token.h"
#include "core/domain/ip_network.h"

namespace core {

struct Actor {
  AdminTokenId token_id = 0;  // 0: the token that the server was started with, or nobody.
  std::string name{kSystemName};
  Address address{};  // All zero: nobody outside.
  std::string request_id;
};

}  // namespace core
