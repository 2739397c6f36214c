import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { DiagnosisController } from './api/diagnosis.controller.js';
import { MachineDiagnosisResolver } from './api/diagnosis.resolver.js';
import { ReadDiagnosis } from './api/read-diagnosis.js';
import { DiagnosisCaches } from './data/diagnosis-caches.js';
import { Situations } from './data/situations.js';

/** Why a machine is not as it is meant to be. Only the gateway answers that. */
@Module({
  imports: [AccessModule, CatalogModule, VirtualMachinesModule],
  controllers: [DiagnosisController],
  providers: [DiagnosisCaches, Situations, ReadDiagnosis, MachineDiagnosisResolver],
})
export class DiagnosisModule {}
