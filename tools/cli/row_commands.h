// Commands that every kind of row has.
#pragma once

#include <functional>
#include <string>

#include "tools/cli/admin_commands.h"
#include "tools/cli/body_flags.h"

namespace tollgate {

// Where rows of a kind are, and what an argument that names one is called: "/api/keys", "KEY".
struct RowKind {
  std::string path;
  std::string argument;
};

// METHOD {path}/{id}{tail}.
struct RowAction {
  std::string name;
  std::string what;
  std::string examples;
  std::string method;
  std::string tail = {};
};
void add_row_action(CommandGroup& group, const RowKind& kind, const RowAction& action);

// GET {path}/count.
void add_row_count(CommandGroup& group, const RowKind& kind, const RowAction& action);

using AddFlags = std::function<void(BodyFlags&)>;

// PATCH {path}/{id} with what was given of these flags.
void add_row_update(CommandGroup& group, const RowKind& kind, const RowAction& action,
                    const AddFlags& flags);

// POST {path} or, where `action` has a tail, {path}/{id}{tail}: the answer shows a secret in the
// member `secret`, once; --quiet prints it alone. With `takes_tenant` there is --tenant, an id or a
// slug.
struct SecretAction {
  RowAction action;
  std::string secret;
  bool takes_tenant = false;
};
void add_secret_action(CommandGroup& group, const RowKind& kind, const SecretAction& action,
                       const AddFlags& flags);

// The list, of one tenant or, with --deleted, with those that are deleted.
struct RowList {
  std::string examples;
  std::string tenant_help = "Only of this tenant: id or slug";
  bool has_deleted = true;
  std::vector<std::string> columns;
};
void add_row_list(CommandGroup& group, const RowKind& kind, const RowList& list);

}  // namespace tollgate
