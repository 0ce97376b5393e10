// Compiles the components of `relay` for our schema, as `npx relay-compiler` does, and prints the operations by their hash.
// usage: node relay.mjs SCHEMA DIRECTORY
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import compiler from "relay-compiler";

const [schema, directory] = process.argv.slice(2).map((path) => resolve(path));
cpSync(new URL("relay", import.meta.url), join(directory, "src"), { recursive: true });
cpSync(schema, join(directory, "schema.graphql"));
mkdirSync(join(directory, "artifacts"));
const config = {
  src: "./src",
  schema: "./schema.graphql",
  language: "typescript",
  artifactDirectory: "./artifacts",
  eagerEsModules: true,
  persistConfig: { file: "./persisted.json", algorithm: "SHA256" },
};
writeFileSync(join(directory, "relay.config.json"), JSON.stringify(config));
writeFileSync(join(directory, "persisted.json"), "{}");
const { status, stdout, stderr } = spawnSync(compiler, ["relay.config.json"], { cwd: directory, encoding: "utf8" });
if (status !== 0) {
  console.error(stdout, stderr);
  process.exit(1);
}
console.log(readFileSync(join(directory, "persisted.json"), "utf8"));
