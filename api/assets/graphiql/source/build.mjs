// Bundles the explorer into the folder above: one script, one style sheet, the page, the licences of what is inside, and the sums
// of all files.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const out = (name) => path(`../${name}`);

const { metafile } = await build({
  absWorkingDir: path('.'),
  entryPoints: { explorer: 'explorer.jsx' },
  outdir: path('..'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2021',
  jsx: 'automatic',
  loader: { '.graphql': 'text' },
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: { 'react-style-singleton': path('no-style-tags.js') },
  legalComments: 'none',
  metafile: true,
});

// GraphiQL brings its fonts along inside the style sheet, 350 kB of them; the system's own will do.
const css = await build({
  absWorkingDir: path('.'),
  entryPoints: ['explorer.css'],
  bundle: true,
  write: false,
  legalComments: 'none',
});
const withoutFonts = css.outputFiles[0].text.replace(/@font-face\s*\{[^}]*\}/g, '');
writeFileSync(out('explorer.css'), (await transform(withoutFonts, { loader: 'css', minify: true })).code);
writeFileSync(out('icon.svg'), readFileSync(path('icon.svg')));

// The page names each file with its hash, so the files may be cached for ever.
const page = readFileSync(path('index.html'), 'utf8').replace(/\{\{(.+?)\}\}/g, (_, name) =>
  createHash('sha256').update(readFileSync(out(name))).digest('hex').slice(0, 12),
);
writeFileSync(out('index.html'), page);

const packages = new Set(
  Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[0])
    .filter(Boolean),
);
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(path(`${folder}/package.json`), 'utf8'));
  const file = readdirSync(path(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file && existsSync(path(`${folder}/${file}`)) ? readFileSync(path(`${folder}/${file}`), 'utf8').replaceAll('\r\n', '\n').trim() : '';
  return `${name} ${version}: ${license}\n\n${text || '(no licence file in the package)'}\n`;
});
writeFileSync(out('LICENCES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));

// What was made of what, so that anybody can see without Node whether one was changed without the other: `sha256sum --check`.
const sources = readdirSync(path('.'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(path('..'), join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .filter((name) => !name.includes('node_modules/'));
const made = ['LICENCES.txt', 'explorer.css', 'explorer.js', 'icon.svg', 'index.html'];
const sums = [...made, ...sources.sort()].map(
  (name) => `${createHash('sha256').update(readFileSync(out(name))).digest('hex')}  ${name}\n`,
);
writeFileSync(out('SHA256SUMS'), sums.join(''));
