/** A tenant as the directory keeps it. */
export interface TenantEntry {
  id: string;
  name: string;
  displayName: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}
