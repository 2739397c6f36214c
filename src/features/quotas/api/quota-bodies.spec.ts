import { getMetadataStorage } from 'class-validator';
import { RESOURCES } from '../domain/meters.js';
import { QuotaLimitsBody } from './quota-bodies.js';

it('takes a limit of every resource', () => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(QuotaLimitsBody, '', false, false);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  expect(names).toEqual(new Set([...RESOURCES, 'storageClasses']));
});
