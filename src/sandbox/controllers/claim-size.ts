import type { KubeObject, Untyped } from '../store/kube-object.js';
import { quantityBytes } from './quantity.js';
import type { World } from './reconciliation.js';

export const CDI_CONFIGS = 'cdiconfigs.cdi.kubevirt.io';
const MEBIBYTE = 1024n ** 2n;
/** Fractions are reckoned in ten-thousandths: CDI takes three decimals. */
const WHOLE = 10_000n;

type Config = Pick<World, 'get'>;

/** What the disk image in a claim may take: a filesystem keeps a share, as CDIConfig says it. In bytes. */
export function usableBytes(claim: Pick<KubeObject, 'spec'>, config: Config): bigint {
  const { resources, volumeMode, storageClassName } = claim.spec;
  const bytes = quantityBytes(resources?.requests?.storage) ?? 0n;
  const kept = overheadOf(volumeMode, storageClassName, config);
  if (kept === 0n) return bytes;
  const usable = (bytes * (WHOLE - kept)) / WHOLE;
  return usable < MEBIBYTE ? usable : usable - (usable % MEBIBYTE);
}

/** What a claim has to ask for, so that an image of so many bytes finds room in it. */
export function requestFor(bytes: bigint, { volumeMode, storageClassName }: Untyped, config: Config): bigint {
  const kept = overheadOf(volumeMode, storageClassName, config);
  if (kept === 0n) return bytes;
  const needed = (bytes * WHOLE + WHOLE - kept - 1n) / (WHOLE - kept);
  return ((needed + MEBIBYTE - 1n) / MEBIBYTE) * MEBIBYTE;
}

function overheadOf(volumeMode: unknown, storageClass: unknown, config: Config): bigint {
  if (volumeMode === 'Block') return 0n;
  const overhead = config.get(CDI_CONFIGS, undefined, 'config')?.status?.filesystemOverhead;
  const fraction = Number(overhead?.storageClass?.[String(storageClass)] ?? overhead?.global ?? 0);
  return fraction > 0 && fraction < 1 ? BigInt(Math.round(fraction * Number(WHOLE))) : 0n;
}
