import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Diagnosis } from '../domain/diagnose.js';
import { ReadDiagnosis } from './read-diagnosis.js';

@Resolver('VirtualMachine')
export class MachineDiagnosisResolver {
  constructor(private readonly reading: ReadDiagnosis) {}

  @ResolveField('diagnosis')
  @Requires('vms:read')
  diagnosis(@CurrentProject() project: ProjectRef, @Parent() { name }: { name: string }): Diagnosis {
    return this.reading.of(project, name);
  }
}
