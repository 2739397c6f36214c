import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { Situations } from '../data/situations.js';
import { type Diagnosis, diagnose } from '../domain/diagnose.js';

@Injectable()
export class ReadDiagnosis {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly situations: Situations,
  ) {}

  /** From memory; throws vm.not_found, and service.unavailable where the copies do not agree yet. */
  of(project: ProjectRef, name: string): Diagnosis {
    this.machines.find(project, name);
    const situation = this.situations.of(project, name);
    if (!situation) throw unavailable('The copy of the cluster is being read.');
    return diagnose(situation);
  }
}
