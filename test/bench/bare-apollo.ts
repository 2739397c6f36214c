import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

/**
 * The thing to compare with: Apollo Server 5 as its documentation starts it, whose resolver returns objects
 * from memory. No rights, no cluster, no paging: only GraphQL itself. Rows come from the file that is named.
 */
const { sdl, project } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
const server = new ApolloServer({
  typeDefs: sdl,
  resolvers: { Query: { project: () => project } },
});
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
console.log(`ready ${url}`);
