#include "core/service/row_form.h"

namespace core {
namespace {

constexpr Form::Text kNameRule{.characters_min = 1, .characters_max = kRowNameCharactersMax};

}  // namespace

CreateRow read_create_row(Form& form, const Caller& caller) {
  form.require("name");
  CreateRow create;
  create.caller = caller;
  create.name = form.text("name", kNameRule).value_or("");
  create.value = form.json("value", kRowValueBytesMax).value_or(create.value);
  return create;
}

UpdateRow read_replace_row(Form& form, const Caller& caller, RowId id) {
  form.require("name");
  UpdateRow update = read_update_row(form, caller, id);
  if (!update.value) update.value = "null";
  return update;
}

UpdateRow read_update_row(Form& form, const Caller& caller, RowId id) {
  UpdateRow update;
  update.caller = caller;
  update.id = id;
  update.name = form.text("name", kNameRule);
  update.value = form.json("value", kRowValueBytesMax);
  return update;
}

}  // namespace core
