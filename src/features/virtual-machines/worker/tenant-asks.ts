export { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
