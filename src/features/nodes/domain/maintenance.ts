/** The NodeMaintenance that virtgate makes of a node: so nobody else's is ended by mistake. */
export const maintenanceName = (node: string): string => `virtgate-${node}`;

export const isOurs = ({ name, node }: { name: string; node: string }): boolean =>
  name === maintenanceName(node);

export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
