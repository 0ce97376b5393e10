// What Linear's own library says of each request.
import { readFileSync } from "node:fs";
import { LinearWebhookClient } from "@linear/sdk/webhooks";

const cases = JSON.parse(readFileSync(0, "utf8"));
const says = ({ secret, signature, body }) => {
  try {
    return new LinearWebhookClient(secret).verify(Buffer.from(body), signature);
  } catch {
    return false;
  }
};
console.log(JSON.stringify(cases.map(says)));
