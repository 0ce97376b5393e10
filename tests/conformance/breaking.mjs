// What has changed between two schemas, as graphql-js tells it: what breaks clients, and what may surprise them.
// usage: node breaking.mjs OLD NEW
import { readFileSync } from "node:fs";
import { buildSchema, findBreakingChanges, findDangerousChanges } from "graphql";

const [before, now] = process.argv.slice(2).map((file) => buildSchema(readFileSync(file, "utf8")));
const texts = (changes) => changes.map(({ description }) => description);
console.log(JSON.stringify({ breaking: texts(findBreakingChanges(before, now)), surprising: texts(findDangerousChanges(before, now)) }));
