// PostGraphile over the tables of Postmortem: the preset it recommends, shorter names, filters, and a process for each of the
// workers that the service has. It makes the schema of the tables by itself.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { postgraphile } from 'postgraphile';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter';

const { PORT, DATABASE_URL, CONNECTIONS = '10', WORKERS = '2' } = process.env;

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork();
} else {
  const graphile = postgraphile({
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PostGraphileConnectionFilterPreset],
    // Lists are filtered by status, too, whether or not an index begins with it.
    disablePlugins: ['PgIndexBehaviorsPlugin'],
    pgServices: [
      makePgService({
        connectionString: DATABASE_URL,
        // The second holds what has no place among the tables: the figures by team.
        schemas: ['public', 'bench'],
        poolConfig: { max: Number(CONNECTIONS), options: '-c plan_cache_mode=force_generic_plan -c jit=off' },
      }),
    ],
    grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
    grafast: { explain: false },
  });
  const server = createServer();
  await graphile.createServ(grafserv).addTo(server);
  server.listen(Number(PORT), '127.0.0.1');
}
