#include "tools/cli/webhook_commands.h"

#include "tools/cli/row_commands.h"

namespace tollgate {
namespace {

const RowKind& webhooks() {
  static const RowKind kind{"/api/webhooks", "WEBHOOK"};
  return kind;
}

void add_fields(BodyFlags& body) {
  body.list({"--events,--event", "events", "key.created, key.*, *, ..."})
      .boolean({"--active,!--inactive", "is_active", "Whether it gets events"})
      .boolean({"--ordered,!--unordered", "ordered", "Whether an event waits for those before it"})
      .text({"--description", "description", "What it is for, at most 500 characters"});
}

void add_create(CommandGroup& group) {
  add_secret_action(
      group, webhooks(),
      {.action = {"create", "Create a webhook; the secret that is made for it is shown this once",
                  "  tollgate webhooks create https://example.com/hook --tenant acme --events "
                  "'key.*,invoice.created'",
                  "POST"},
       .secret = "secret",
       .takes_tenant = true},
      [](BodyFlags& body) {
        body.text({"--to,URL", "url", "Where events are sent: http or https"});
        add_fields(body);
      });
}

void add_update(CommandGroup& group) {
  add_row_update(group, webhooks(),
                 {"update", "Change what is given of a webhook",
                  "  tollgate webhooks update 5 --events '*' --active", "PATCH"},
                 [](BodyFlags& body) {
                   body.text({"--to", "url", "Where events are sent: http or https"});
                   add_fields(body);
                 });
}

void add_rotate_secret(CommandGroup& group) {
  add_secret_action(group, webhooks(),
                    {.action = {"rotate-secret", "Give a webhook another secret, shown this once",
                                "  tollgate webhooks rotate-secret 5 --overlap-seconds 86400",
                                "POST", "/rotate_secret"},
                     .secret = "secret"},
                    [](BodyFlags& body) {
                      body.integer({"--overlap-seconds", "overlap_seconds",
                                    "How long the old one signs, too (default: 0)"});
                    });
}

}  // namespace

void add_webhook_commands(CommandGroup group) {
  add_row_list(
      group, webhooks(),
      {.examples = "  tollgate webhooks list --tenant acme",
       .columns = {"id", "tenant_id", "url", "events", "is_active", "ordered", "description"}});
  add_row_action(group, webhooks(),
                 {"show", "Show a webhook", "  tollgate webhooks show 5", "GET"});
  add_create(group);
  add_update(group);
  add_row_action(group, webhooks(),
                 {"delete", "Delete a webhook", "  tollgate webhooks delete 5", "DELETE"});
  add_row_action(group, webhooks(),
                 {"restore", "Bring a deleted webhook back", "  tollgate webhooks restore 5",
                  "POST", "/restore"});
  add_rotate_secret(group);
  add_row_count(
      group, webhooks(),
      {"count", "Count webhooks that are not deleted", "  tollgate webhooks count", "GET"});
}

}  // namespace tollgate
