// Fastify and Mercurius over the tables of Postmortem, as somebody would set them up who knows them well: compiled queries,
// loaders for every relation, named prepared statements, and a process for each of the workers that the service has.
import cluster from 'node:cluster';
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { loaders, resolvers, schema } from './api.mjs';
import { pool } from './database.mjs';

const { PORT, WORKERS = '2' } = process.env;

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork();
} else {
  const app = Fastify({ logger: false });
  app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
  app.get('/hello', () => ({ data: { hello: 'world' } }));
  app.addHook('onClose', () => pool.end());
  await app.listen({ port: Number(PORT), host: '127.0.0.1' });
}
