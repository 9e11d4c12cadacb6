// A scope that only the key's row tells.
#pragma once

#include <string_view>

#include "core/domain/api_key.h"
#include "core/service/gate.h"
#include "core/service/ports.h"

namespace net {

// For the gate, where the flags of a key's record don't say it. Owner: a stack frame.
class KeyScope final : public core::ScopeTest {
 public:
  KeyScope(core::CatalogReader& reader, std::string_view scope) : reader_(reader), scope_(scope) {}

  bool passes(core::KeyId id) noexcept override {
    const auto key = reader_.key(id);
    return key && key->deleted_at == 0 && core::allows(key->scopes, scope_);
  }

 private:
  core::CatalogReader& reader_;
  const std::string_view scope_;
};

}  // namespace net
