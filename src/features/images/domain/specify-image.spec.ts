import { Failure } from '../../../kernel/failure.js';
import type { CreateImageBody, UpdateImageBody } from './image-body.js';
import { body } from './sample-images.spec-support.js';
import { specifyImage, specifyImageChange } from './specify-image.js';

const refused = (work: () => unknown): Failure => {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('was not refused');
};

describe('specifyImage', () => {
  it('fills in what is not said', () => {
    expect(specifyImage({ ...body, size: '2048Mi' })).toEqual({
      name: 'debian',
      displayName: null,
      source: { registry: 'docker://quay.io/containerdisks/debian:12' },
      size: '2Gi',
      storageClass: null,
      os: null,
      defaultInstanceType: null,
      defaultPreference: null,
      visibility: 'private',
      schedule: null,
    });
    expect(specifyImage({ name: 'a', source: { url: 'https://x.example/a' } }).size).toBe('10Gi');
    expect(specifyImage({ name: 'a', source: { disk: 'd' } }, '3Gi').size).toBe('3Gi');
    expect(specifyImage({ ...body, schedule: { cron: '0 3 * * 1' } }).schedule).toEqual({
      cron: '0 3 * * 1',
      retain: 3,
      enabled: true,
    });
  });

  it.each<[string, object, string]>([
    ['no source', { source: {} }, '/source'],
    ['two sources', { source: { url: 'https://x', disk: 'd' } }, '/source'],
    ['an upload that says more', { source: { upload: { url: 'x' } } }, '/source/upload'],
    ['an upload of no size', { source: { upload: {} }, size: null }, '/size'],
    ['an upload that is shared', { source: { upload: true }, visibility: 'public' }, '/visibility'],
    ['a name with a dot', { name: 'a.b' }, '/name'],
    ['a long name', { name: 'a'.repeat(41) }, '/name'],
    ['a size that is none', { size: 'big' }, '/size'],
    ['an invisible name', { displayName: 'a\u202eb' }, '/displayName'],
    ['a type that is no name', { defaultInstanceType: '../x' }, '/defaultInstanceType'],
    ['a schedule of four fields', { schedule: { cron: '0 3 * *' } }, '/schedule/cron'],
    ['a schedule that keeps none', { schedule: { cron: '@daily', retain: 0 } }, '/schedule/retain'],
  ])('refuses %s', (_what, more, pointer) => {
    const failure = refused(() => specifyImage({ ...body, ...more } as CreateImageBody));
    expect(failure.code).toBe('request.invalid');
    expect(failure.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  it('refuses an image smaller than its disk', () => {
    const small = () => specifyImage({ name: 'a', source: { disk: 'd' }, size: '1Gi' }, '2Gi');
    expect(refused(small).message).toContain('2Gi');
  });

  it('keeps only what comes from a registry up to date', () => {
    const schedule = { cron: '@daily' };
    const source = { url: 'https://x.example/a' };
    expect(refused(() => specifyImage({ name: 'a', source, schedule })).code).toBe('image.no_schedule');
  });
});

describe('specifyImageChange', () => {
  const present = { schedule: { cron: '@daily', retain: 5, enabled: true }, fromRegistry: true };

  it('takes over what the patch does not say, and takes away what it nulls', () => {
    expect(specifyImageChange({ schedule: { enabled: false }, os: null }, present)).toEqual({
      os: null,
      schedule: { cron: '@daily', retain: 5, enabled: false },
    });
    expect(specifyImageChange({ schedule: null }, present)).toEqual({ schedule: null });
    expect(specifyImageChange({ displayName: 'D' }, present)).toEqual({ displayName: 'D' });
  });

  it.each<[UpdateImageBody, object, string]>([
    [{}, present, 'request.invalid'],
    [{ schedule: { enabled: true } }, { schedule: null, fromRegistry: true }, 'request.invalid'],
    [{ schedule: { cron: '@daily' } }, { schedule: null, fromRegistry: false }, 'image.no_schedule'],
  ])('refuses %j', (patch, image, code) => {
    expect(refused(() => specifyImageChange(patch, image as typeof present)).code).toBe(code);
  });
});
