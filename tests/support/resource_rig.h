// A store with a tenant, its key, and a resource that a test defines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/service/record_form.h"
#include "tests/support/store_rig.h"

namespace test {

inline core::Field field(std::string name, core::FieldType type = core::FieldType::kString) {
  core::Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

class ResourceRig : public testing::Test {
 protected:
  ResourceRig() : tenant_(rig_.make_tenant()), key_(rig_.make_key(tenant_.id, 1)) {}

  // number: integer, unique; customer: string, indexed; paid_on: date.
  static core::ResourceSchema invoices() {
    core::ResourceSchema schema;
    schema.name = "Invoice";
    schema.path = "invoices";
    schema.fields = {field("number", core::FieldType::kInteger), field("customer"),
                     field("paid_on", core::FieldType::kDate)};
    schema.fields[0].unique = true;
    schema.fields[1].indexed = true;
    return schema;
  }

  core::Resource define(const core::ResourceSchema& schema) {
    const core::Outcome outcome = rig_.run(core::CreateResource{schema});
    CHECK(outcome.code == core::OutcomeCode::kDone);
    resource_ = std::get<core::Resource>(outcome.row).id;
    path_ = schema.path;
    return std::get<core::Resource>(outcome.row);
  }

  core::CatalogReader& catalog() { return rig_.reader->catalog(); }
  core::Caller caller() const { return {.key_id = key_.id, .tenant_id = tenant_.id}; }
  core::RowsOf rows() { return {tenant_.id, *catalog().resource(path_)}; }

  core::Outcome create(core::RowValues values) {
    return rig_.run(core::CreateRow{caller(), resource_, std::move(values)});
  }
  core::Outcome update(core::RowId id, core::RowValues values) {
    return rig_.run(core::UpdateRow{caller(), resource_, id, std::move(values)});
  }
  core::Outcome remove(core::RowId id) {
    return rig_.run(core::DeleteRow{caller(), resource_, id});
  }
  core::Outcome restore(core::RowId id) {
    return rig_.run(core::RestoreRow{caller(), resource_, id});
  }
  std::string json(core::RowId id) {
    const auto row = catalog().row(rows(), id);
    return row ? std::string(row->json) : "";
  }

  test::StoreRig rig_;
  core::Tenant tenant_;
  core::ApiKey key_;
  core::ResourceId resource_ = 0;
  std::string path_;
};

}  // namespace test
