/** How far a gate is in one release of KubeVirt. */
type Stage = 'alpha' | 'beta' | 'ga' | 'deprecated';

/**
 * From which minor release of KubeVirt 1.x a gate has which stage (pkg/virt-config/featuregate/{active,inactive}.go
 * at the tags v1.3.0 to v1.9.0). Only the gates that virtgate asks about; others are on when they are listed.
 */
const STAGES: Record<string, readonly (readonly [minor: number, stage: Stage])[]> = {
  Snapshot: [
    [0, 'alpha'],
    [6, 'beta'],
  ],
  VMExport: [
    [0, 'alpha'],
    [6, 'beta'],
    [9, 'ga'],
  ],
  HotplugVolumes: [
    [0, 'alpha'],
    [9, 'deprecated'],
  ],
  DeclarativeHotplugVolumes: [
    [6, 'alpha'],
    [9, 'beta'],
  ],
  ExpandDisks: [
    [0, 'alpha'],
    [9, 'ga'],
  ],
  VMLiveUpdateFeatures: [
    [0, 'alpha'],
    [5, 'ga'],
  ],
  HotplugNICs: [
    [0, 'alpha'],
    [4, 'ga'],
  ],
  VolumesUpdateStrategy: [
    [3, 'alpha'],
    [5, 'ga'],
  ],
  VolumeMigration: [
    [3, 'alpha'],
    [5, 'ga'],
  ],
  LiveUpdateNADRef: [
    [8, 'beta'],
    [9, 'ga'],
  ],
  DecentralizedLiveMigration: [[6, 'alpha']],
  IncrementalBackup: [[7, 'alpha']],
  UtilityVolumes: [[8, 'alpha']],
  Template: [
    [8, 'alpha'],
    [9, 'beta'],
  ],
  ObjectGraph: [[6, 'alpha']],
  VmiMemoryOverheadReport: [
    [8, 'alpha'],
    [9, 'beta'],
  ],
  AutoResourceLimits: [
    [0, 'alpha'],
    [5, 'ga'],
  ],
  VMPersistentState: [
    [0, 'alpha'],
    [6, 'ga'],
  ],
  VSOCK: [[0, 'alpha']],
};

export function isKnownGate(name: string): boolean {
  return Object.hasOwn(STAGES, name);
}

/** The first release in which a Beta gate is on without being listed (kubevirt/kubevirt PR #17405). */
const BETA_ON_SINCE_MINOR = 9;

export interface GateSettings {
  /** `spec.configuration.developerConfiguration.featureGates` of the KubeVirt object. */
  enabled: readonly string[];
  /** `disabledFeatureGates`, since KubeVirt 1.8. */
  disabled: readonly string[];
}

/**
 * Every known gate of that release, and every listed one, with whether it is on.
 *
 * Rule of `featuregate.IsEnabled`: GA always on > listed in featureGates > listed in disabledFeatureGates > Beta on
 * from 1.9 > off. `version` null (not to be found out) counts as 1.3, the oldest supported.
 */
export function effectiveGates(version: string | null, settings: GateSettings): Record<string, boolean> {
  const minor = minorOf(version);
  const gates: Record<string, boolean> = {};
  const names = new Set([...Object.keys(STAGES), ...settings.enabled, ...settings.disabled]);
  for (const name of [...names].sort()) {
    const stage = stageOf(name, minor);
    if (stage === null && isKnownGate(name)) continue;
    gates[name] = isOn(name, stage, minor, settings);
  }
  return gates;
}

function isOn(name: string, stage: Stage | null, minor: number, settings: GateSettings): boolean {
  if (stage === 'ga') return true;
  if (settings.enabled.includes(name)) return true;
  if (settings.disabled.includes(name)) return false;
  return stage === 'beta' && minor >= BETA_ON_SINCE_MINOR;
}

function stageOf(name: string, minor: number): Stage | null {
  const reached = STAGES[name]?.filter(([since]) => since <= minor).at(-1);
  return reached ? reached[1] : null;
}

/** "v1.9.0-rc.2" -> 9. A later major counts as newer than everything known. */
export function minorOf(version: string | null): number {
  const match = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  if (!match) return 3;
  return Number(match[1]) > 1 ? Number.MAX_SAFE_INTEGER : Number(match[2]);
}
