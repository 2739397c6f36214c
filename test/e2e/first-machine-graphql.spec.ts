import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { ConsoleEnd } from '../support/console.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith, diskFiles, qemuProcesses } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const OPERATION = 'operation { id kind state progress error { code message hint } steps { name state } }';

describeWith(['qemu-system-x86_64', 'qemu-img'], 'a real virtual machine over GraphQL', () => {
  let virtgate: Virtgate;
  let images: ImageServer;
  let machine: Json[];

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
    machine = virtgate.subscribe(
      'subscription { virtualMachineChanged(project: "demo", name: "real-2") { name state ready deleting } }',
    );
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  /** Runs a mutation, follows its operation by subscription to the end, and returns the states it was told. */
  const follow = async (
    mutation: string,
    input: string,
  ): Promise<{ states: string[]; progress: number[] }> => {
    const data = await virtgate.graphql(
      `mutation { ${mutation}(input: { project: "demo", ${input} }) { ${OPERATION} } }`,
    );
    const { operation } = data[mutation];
    const told = virtgate.subscribe(
      'subscription ($id: ID!) { operationChanged(id: $id) { id state progress error { code message } } }',
      { id: operation.id },
    );
    await until(
      `${mutation} settles`,
      () =>
        told.some((event) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(event.operationChanged?.state)),
      180_000,
      () => JSON.stringify(told),
    );
    await until('the subscription completes', () => told.at(-1) === 'complete');
    const events = told.filter((event) => event.operationChanged).map((event) => event.operationChanged);
    expect(events.every((event) => !event.error)).toBe(true);
    const states = [operation.state, ...events.map((event) => event.state)];
    return {
      states: states.filter((state, index) => state !== states[index - 1]),
      progress: events.map((event) => event.progress).filter((value) => value !== null),
    };
  };

  /** The machine's states as the subscription told them, each once in a row. */
  const statesTold = (): string[] => {
    const states = machine
      .filter((event) => event.virtualMachineChanged)
      .map((event) => event.virtualMachineChanged.state);
    return states.filter((state, index) => state !== states[index - 1]);
  };

  const inOrder = (expected: string[], told: string[]) => {
    let from = 0;
    for (const state of expected) {
      const at = told.indexOf(state, from);
      expect([state, at >= from, told]).toEqual([state, true, told]);
      from = at;
    }
  };

  it('is created from a URL: every state of operation and machine is told, in order', async () => {
    const { states, progress } = await follow(
      'createVirtualMachine',
      `name: "real-2", cpus: 1, memory: "256Mi", bootDisk: { url: "${images.origin}/slow.img", size: "1Gi" }`,
    );
    expect(states.at(-1)).toBe('SUCCEEDED');
    inOrder(['RUNNING', 'SUCCEEDED'], states);
    expect(progress.filter((value) => value > 0 && value < 100).length).toBeGreaterThan(1);
    await until('Running is told', () => statesTold().includes('Running'));
    inOrder(['Provisioning', 'Starting', 'Running'], statesTold());
  }, 240_000);

  it('is found by query, list and node', async () => {
    const data = await virtgate.graphql(
      `{ project(name: "demo") {
          virtualMachine(name: "real-2") { id name state ready cpus memory node disks { name size state } }
          virtualMachines(first: 10) { totalCount nodes { name } pageInfo { hasNextPage } } } }`,
    );
    expect(data.project.virtualMachine).toMatchObject({ state: 'Running', cpus: 1, memory: '256Mi' });
    expect(data.project.virtualMachines).toMatchObject({ totalCount: 1, nodes: [{ name: 'real-2' }] });
    const { node } = await virtgate.graphql(
      'query ($id: ID!) { node(id: $id) { id ... on VirtualMachine { name } } }',
      {
        id: data.project.virtualMachine.id,
      },
    );
    expect(node).toEqual({ id: data.project.virtualMachine.id, name: 'real-2' });
  });

  it('answers on its console', async () => {
    const data = await virtgate.graphql(
      'mutation { createConsoleSession(input: { project: "demo", virtualMachine: "real-2", type: serial }) { consoleSession { websocketUrl pageUrl expiresAt } } }',
    );
    const console = await ConsoleEnd.open(data.createConsoleSession.consoleSession.websocketUrl);
    await until('the shell answers', async () => {
      console.type('echo $((40 + 2))-graphql\n');
      await new Promise((done) => setTimeout(done, 500));
      return console.text.includes('42-graphql');
    });
    console.close();
  }, 120_000);

  it('stops, starts and is deleted with its disk', async () => {
    inOrder(
      ['RUNNING', 'SUCCEEDED'],
      (await follow('stopVirtualMachine', 'name: "real-2", force: true')).states,
    );
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);
    inOrder(['SUCCEEDED'], (await follow('startVirtualMachine', 'name: "real-2"')).states);
    expect(qemuProcesses(virtgate.dataDirectory)).toHaveLength(1);
    inOrder(['SUCCEEDED'], (await follow('deleteVirtualMachine', 'name: "real-2", disks: DELETE')).states);
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);
    expect(diskFiles(virtgate.dataDirectory)).toEqual([]);
    inOrder(['Running', 'Stopping', 'Stopped', 'Starting', 'Running'], statesTold());
    const data = await virtgate.graphql(
      '{ project(name: "demo") { virtualMachine(name: "real-2") { id } } }',
    );
    expect(data.project.virtualMachine).toBeNull();
  }, 240_000);
});
