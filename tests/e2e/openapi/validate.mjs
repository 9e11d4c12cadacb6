// Reads {"document":...,"answers":[{"operation","schema","body"}]} from standard input, where
// `schema` is a JSON pointer into the document, and prints what does not validate, one a line.
import { readFileSync } from "node:fs";

import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const { document, answers } = JSON.parse(readFileSync(0, "utf8"));
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const format of ["time-local", "decimal"]) ajv.addFormat(format, true);
ajv.addSchema(document, "api");
for (const { operation, schema, body } of answers) {
  const validate = ajv.compile({ $ref: `api#${schema}` });
  if (!validate(body)) console.log(`${operation}: ${ajv.errorsText(validate.errors)}`);
}
