import ipaddr from 'ipaddr.js';

/** The operator's exceptions: "host", "host:port", "10.0.0.5", "10.0.0.5:8080", "[fd00::5]:8080". */
export class AllowedHosts {
  private readonly entries: ReadonlySet<string>;

  constructor(hosts: readonly string[]) {
    this.entries = new Set(hosts.map(normalise));
  }

  has(host: string, port: number): boolean {
    return this.entries.has(host) || this.entries.has(`${host} ${port}`);
  }
}

/** "host" or "host port", the host in the form that readSourceUrl gives. */
function normalise(entry: string): string {
  const text = entry.trim().toLowerCase();
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text);
  const host = (match?.[1] ?? text).replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const canonical = ipaddr.isValid(host) && host.includes(':') ? ipaddr.parse(host).toString() : host;
  return match?.[2] ? `${canonical} ${match[2]}` : canonical;
}
