// One pool for each process. A statement is prepared once on each connection, by its name.
import pg from 'pg';

// Days are text, as the API gives them.
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.CONNECTIONS ?? 10),
  options: '-c plan_cache_mode=force_generic_plan -c jit=off',
});

const names = new Map();

export async function rows(text, values) {
  let name = names.get(text);
  if (!name) names.set(text, (name = `s${names.size}`));
  return (await pool.query({ name, text, values })).rows;
}
