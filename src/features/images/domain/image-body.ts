export const VISIBILITIES = ['private', 'tenant', 'public'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/** The body of a create, as it comes in: every field may be absent, null or wrong. */
export interface CreateImageBody {
  name: string;
  displayName?: string | null;
  source: {
    url?: string | null;
    registry?: string | null;
    /** `true` or `{}`. */
    upload?: unknown;
    disk?: string | null;
  };
  size?: string | null;
  storageClass?: string | null;
  os?: string | null;
  defaultInstanceType?: string | null;
  defaultPreference?: string | null;
  visibility?: Visibility | null;
  schedule?: ScheduleBody | null;
}

export interface ScheduleBody {
  cron?: string | null;
  retain?: number | null;
  enabled?: boolean | null;
}

/** A JSON merge patch: an absent field stays, null takes away. */
export interface UpdateImageBody {
  displayName?: string | null;
  os?: string | null;
  defaultInstanceType?: string | null;
  defaultPreference?: string | null;
  schedule?: ScheduleBody | null;
}

export type ImageSource = { url: string } | { registry: string } | { upload: true } | { disk: string };

export interface ImageSchedule {
  /** Five fields, UTC. */
  cron: string;
  /** How many imports are kept. */
  retain: number;
  enabled: boolean;
}

/** An image that has been checked: what the manifests are built from, and nothing else is. */
export interface ImageSpec {
  name: string;
  displayName: string | null;
  source: ImageSource;
  /** Canonical quantity. */
  size: string;
  storageClass: string | null;
  os: string | null;
  defaultInstanceType: string | null;
  defaultPreference: string | null;
  visibility: Visibility;
  schedule: ImageSchedule | null;
}
