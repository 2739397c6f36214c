import { walkDoors } from '../../src/platform/access/doors.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { type Fixture, startFixture } from './fixture-app.js';

describe('walkDoors', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture();
  });
  afterAll(() => fixture.close());

  it('finds every route and every field that is a method, with what it asks', () => {
    const doors = new Map(walkDoors(fixture.app).map((door) => [door.name, door]));
    expect(doors.get('POST /api/v1/projects/:project/widgets')).toMatchObject({
      handler: 'WidgetController.create',
      requirement: { kind: 'permission', permission: 'vms:create', on: 'project' },
    });
    expect(doors.get('GET /api/v1/hello')?.requirement).toEqual({ kind: 'public' });
    expect(doors.get('Mutation.createWidget')?.requirement).toMatchObject({ permission: 'vms:create' });
    expect(doors.get('Subscription.ticks')?.requirement).toMatchObject({ permission: 'vms:read' });
    expect(doors.get('Project.widgets')?.requirement).toMatchObject({ permission: 'vms:read' });
    expect(doors.get('Query.node')?.requirement).toEqual({ kind: 'authenticated' });
    expect(doors.has('Node.__resolveType')).toBe(false);
  });

  it('finds those that say nothing about themselves', () => {
    const silent = walkDoors(fixture.app).filter((door) => door.requirement === null);
    expect(silent.map((door) => door.name)).toEqual([
      'GET /api/v1/forgotten',
      'Query.forgotten',
      'Widget.unsaid',
    ]);
  });

  it('knows every route that the server has, but for those of GraphQL itself', () => {
    const known = new Set(walkDoors(fixture.app).map((door) => `${door.method} ${door.path}`));
    const others = fixture.app
      .get(RouteTable)
      .routes.filter(({ method, path }) => method !== 'HEAD' && !known.has(`${method} ${path}`));
    expect(others.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /graphql',
      'GET /graphql/stream',
      'POST /graphql',
      'POST /graphql/stream',
    ]);
  });
});
