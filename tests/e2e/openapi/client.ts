// A client that is generated from the document: compiled against its types, then run against the
// server that served it. Prints "ok" when every answer was what the types and the API say.
import createClient from "openapi-fetch";

import type { paths } from "./schema.js";

declare const process: { env: Record<string, string | undefined>; exit(status: number): never };

const baseUrl = process.env.TOLLGATE_URL ?? "";
const headers = { "X-API-Key": process.env.TOLLGATE_KEY ?? "" };
const client = createClient<paths>({ baseUrl, headers });

function expect(holds: boolean, what: string): void {
  if (holds) return;
  console.error(`not so: ${what}`);
  process.exit(1);
}

const made = await client.POST("/api/invoices", {
  body: { number: "A-1", amount: "12.5", code: "AB-1" },
});
expect(made.response.status === 201, "create answers 201");
const row = made.data!.data;
const amount: string = row.amount;
expect(amount === "12.50" && row.status === "draft", "money is a text with two digits");

const list = await client.GET("/api/invoices", {
  params: { query: { limit: 10, sort: "-amount", number: "A-1" } },
});
const cursor: string | null = list.data!.meta.next_cursor;
expect(list.data!.data.length === 1 && cursor === null, "the list has the row");

const path = { id: row.id };
const shown = await client.GET("/api/invoices/{id}", { params: { path } });
expect(shown.data!.data.number === "A-1", "get shows it");
const tag = shown.response.headers.get("ETag") ?? "";

const changed = await client.PATCH("/api/invoices/{id}", {
  params: { path, header: { "If-Match": tag } },
  body: { status: "paid", paid_on: null },
});
expect(changed.data!.data.status === "paid", "patch changes it");
const stale = await client.PATCH("/api/invoices/{id}", {
  params: { path, header: { "If-Match": tag } },
  body: { status: "sent" },
});
expect(stale.response.status === 412, "another patch of that version is 412");
expect(stale.error!.error.code === "PRECONDITION_FAILED", "and says so");

// @ts-expect-error: a required field is missing, which the types know.
const invalid = await client.POST("/api/invoices", { body: { number: "A-2" } });
expect(invalid.response.status === 422, "a body without what is required is 422");
const fields = invalid.error!.error.details!.map((issue) => issue.field).sort();
expect(fields.join() === "amount,code", "and names the fields");

// @ts-expect-error: no choice of the enum, which the types know.
await client.PATCH("/api/invoices/{id}", { params: { path }, body: { status: "lost" } });

const stranger = createClient<paths>({ baseUrl, headers: { "X-API-Key": "fp_unknown" } });
const refused = await stranger.GET("/api/invoices");
expect(refused.response.status === 401, "an unknown key is 401");
expect(refused.error!.error.code === "UNAUTHORIZED", "and says so");

const deleted = await client.DELETE("/api/invoices/{id}", { params: { path } });
expect(deleted.response.status === 200, "delete answers 200");
const gone = await client.GET("/api/invoices/{id}", { params: { path } });
expect(gone.response.status === 404, "then it is not there");

console.log("ok");
