// Generates TypeScript for our schema, as `npx graphql-codegen` does, and compiles a small program with it. Prints what the
// compiler says of the program as it is, and with a mistake.
// usage: node codegen.mjs SCHEMA DIRECTORY
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [schema, directory] = process.argv.slice(2).map((path) => resolve(path));
const tool = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));
const run = (name, ...args) => spawnSync(tool(name), args, { cwd: directory, encoding: "utf8" });

cpSync(new URL("codegen", import.meta.url), directory, { recursive: true });
cpSync(schema, join(directory, "schema.graphql"));
const generated = run("graphql-codegen", "--config", "codegen.json");
if (generated.status !== 0) {
  console.error(generated.stdout, generated.stderr);
  process.exit(1);
}
const compile = (program) => run("tsc", "--noEmit", "--strict", "--target", "es2022", "--moduleResolution", "bundler", "--module", "esnext", program).stdout;
const right = compile("program.ts");
const program = readFileSync(join(directory, "program.ts"), "utf8");
writeFileSync(join(directory, "mistaken.ts"), program.replace("item.status", "item.state"));
console.log(JSON.stringify({ right, mistaken: compile("mistaken.ts") }));
