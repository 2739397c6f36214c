import { type GraphQLEnumType, isInputObjectType } from 'graphql';
import { CAUSE_STATES, SEVERITIES } from '../../src/features/diagnosis/domain/cause.js';
import { DIAGNOSIS_STATES } from '../../src/features/diagnosis/domain/diagnose.js';
import { EXPORT_STATES } from '../../src/features/exports/domain/export-view.js';
import { DRAIN_ACTIONS } from '../../src/features/nodes/domain/drain-report.js';
import { RESTORE_STATES } from '../../src/features/restores/domain/restore-view.js';
import { MACHINE_STATES, RUN_STATES } from '../../src/features/schedules/domain/schedule.js';
import { CONSISTENCIES } from '../../src/features/snapshots/domain/consistency.js';
import { EXPORT_SOURCES } from '../../src/features/virtual-machines/domain/associated-resources.js';
import { APPLIES } from '../../src/features/virtual-machines/domain/live-change.js';
import { gatewayDoors, writtenSchema } from '../../src/main/doors/gateway-doors.js';
import { asValidated, asWritten, inputPairs } from '../support/doors/input-classes.js';

const schema = writtenSchema();
const pairs = inputPairs(await gatewayDoors(), schema);

it('finds a class for every input of the schema', () => {
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const known = new Set(pairs.map(({ name }) => name));
  expect(inputs.length).toBeGreaterThan(100);
  expect(inputs.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
});

// The classes of GraphQL's inputs are those of REST's bodies, with what REST has in its path and headers.
it.each(pairs.map((pair) => [pair.name, pair.validator.name, pair] as const))(
  '%s takes in GraphQL what %s validates',
  (_name, _class, pair) => {
    expect(asValidated(pair)).toEqual(asWritten(pair.fields));
  },
);

it.each<[string, readonly string[]]>([
  ['AssociatedExportSource', EXPORT_SOURCES],
  ['CauseSeverity', SEVERITIES],
  ['CauseState', CAUSE_STATES],
  ['ChangeApplies', APPLIES],
  ['DiagnosisState', DIAGNOSIS_STATES],
  ['DrainAction', DRAIN_ACTIONS],
  ['ExportState', EXPORT_STATES],
  ['RestoreState', RESTORE_STATES],
  ['ScheduleRunMachineState', MACHINE_STATES],
  ['ScheduleRunState', RUN_STATES],
  ['SnapshotConsistency', CONSISTENCIES],
])('%s, which no input names, has the values that are answered', (name, values) => {
  const written = (schema.getType(name) as GraphQLEnumType).getValues();
  expect(new Set(written.map((value) => value.name))).toEqual(new Set(values));
});
