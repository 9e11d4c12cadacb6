#include "core/domain/data_row.h"

#include "core/base/json_writer.h"

namespace core {

void append_json(std::string& out, const DataRow& row) {
  JsonWriter json(out);
  json.begin_object();
  json.key("id").uint64(row.id);
  json.key("name").string(row.name);
  json.key("value").raw(row.value);
  json.key("created_at").string(to_rfc3339(row.created_at));
  json.key("updated_at").string(to_rfc3339(row.updated_at));
  json.end_object();
}

}  // namespace core
