// Linear publishes its schema as the types of its SDK, which are generated from it. This makes the schema of them again.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { buildSchema } from "graphql";
import ts from "typescript";

const require = createRequire(import.meta.url);

function declarations() {
  const home = dirname(require.resolve("@linear/sdk/package.json"));
  const entry = readFileSync(join(home, "dist/index.d.mts"), "utf8");
  const name = entry.match(/from "\.\/(index-[\w-]+)\.mjs"/)[1];
  const path = join(home, "dist", `${name}.d.mts`);
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const [aliases, enums] = [new Map(), new Map()];
  for (const statement of file.statements) {
    if (ts.isTypeAliasDeclaration(statement) && !aliases.has(statement.name.text)) {
      aliases.set(statement.name.text, statement.type);
    } else if (ts.isEnumDeclaration(statement)) {
      enums.set(statement.name.text, statement.members.map((member) => member.initializer.text));
    }
  }
  return { aliases, enums };
}

/** The fields of a type, and the interfaces beside them. */
function shape(type) {
  const parts = ts.isIntersectionTypeNode(type) ? type.types : [type];
  const members = parts.filter(ts.isTypeLiteralNode).flatMap((part) => [...part.members]);
  const interfaces = parts.filter(ts.isTypeReferenceNode).map((part) => part.typeName.text);
  return { members: members.filter(ts.isPropertySignature), interfaces };
}

/** A type as the schema writes it, and whether it may be null. */
function written(type, scalars) {
  if (ts.isIndexedAccessTypeNode(type)) {
    const name = type.indexType.literal.text;
    scalars.add(name);
    return { name, nullable: false, named: null };
  }
  if (!ts.isTypeReferenceNode(type)) {
    throw new Error(`a type that is not understood: ${ts.SyntaxKind[type.kind]}`);
  }
  const name = type.typeName.text;
  if (name === "Maybe" || name === "InputMaybe") {
    return { ...written(type.typeArguments[0], scalars), nullable: true };
  }
  if (name === "Array") {
    const inner = written(type.typeArguments[0], scalars);
    return { ...inner, name: `[${inner.name}${inner.nullable ? "" : "!"}]`, nullable: false };
  }
  return { name, nullable: false, named: name };
}

export function linear() {
  const { aliases, enums } = declarations();
  const scalars = new Set();
  const parts = [];
  const seen = new Set();
  const waiting = [["Query", "output"], ["Mutation", "output"]];
  const want = (name, use) => name && waiting.push([name, use]);

  const field = (member, use) => {
    const found = written(member.type, scalars);
    want(found.named, use);
    return `${member.name.text}: ${found.name}${found.nullable || member.questionToken ? "" : "!"}`;
  };
  const withArguments = (parent, member) => {
    const text = field(member, "output");
    const name = member.name.text;
    const args = aliases.get(`${parent}${name[0].toUpperCase()}${name.slice(1)}Args`);
    if (!args) return text;
    const list = shape(args).members.map((argument) => field(argument, "input"));
    const [own, type] = text.split(/: (.*)/s);
    return `${own}(${list.join(", ")}): ${type}`;
  };

  while (waiting.length) {
    const [name, use] = waiting.pop();
    if (seen.has(name)) continue;
    seen.add(name);
    if (enums.has(name)) {
      parts.push(`enum ${name} { ${enums.get(name).join(" ")} }`);
      continue;
    }
    const type = aliases.get(name);
    if (!type) throw new Error(`a type that is not declared: ${name}`);
    if (ts.isUnionTypeNode(type)) {
      const members = type.types.map((member) => member.typeName.text);
      members.forEach((member) => want(member, use));
      parts.push(`union ${name} = ${members.join(" | ")}`);
      continue;
    }
    const { members, interfaces } = shape(type);
    const isObject = members.some((member) => member.name.text === "__typename");
    const own = members.filter((member) => member.name.text !== "__typename");
    if (use === "input") {
      parts.push(`input ${name} { ${own.map((member) => field(member, "input")).join(" ")} }`);
      continue;
    }
    interfaces.forEach((other) => want(other, "output"));
    const said = interfaces.length ? ` implements ${interfaces.join(" & ")}` : "";
    const fields = own.map((member) => withArguments(name, member)).join("\n  ");
    parts.push(`${isObject ? "type" : "interface"} ${name}${said} {\n  ${fields}\n}`);
  }
  const known = ["ID", "String", "Boolean", "Int", "Float"];
  parts.push(...[...scalars].filter((name) => !known.includes(name)).map((name) => `scalar ${name}`));
  // The types do not tell all that a schema must say, such as which interfaces stand on others.
  return buildSchema(parts.join("\n"), { assumeValid: true, assumeValidSDL: true });
}
