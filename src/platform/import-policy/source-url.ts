import ipaddr from 'ipaddr.js';
import { importUrlInvalid } from './import-failures.js';

const MAX_LENGTH = 2048;

export interface SourceUrl {
  url: URL;
  /** Lower case, without brackets: a name, or an address as ipaddr.js writes it. */
  host: string;
  port: number;
  isAddress: boolean;
}

/**
 * Reads an address of an image. Only spellings that every URL parser reads alike pass: the text goes on to an importer
 * written in another language, and what one parser takes for a name another takes for 127.0.0.1 (octal, decimal and
 * full-width digits, escapes, backslashes). Throws import.url_invalid.
 */
export function readSourceUrl(text: string): SourceUrl {
  if (text.length > MAX_LENGTH)
    throw importUrlInvalid(`The address is longer than ${MAX_LENGTH} characters.`);
  if (!/^[!-~]+$/.test(text) || text.includes('\\')) {
    throw importUrlInvalid(
      'The address has characters that must be escaped; write international names in punycode.',
    );
  }
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (authority === undefined) throw importUrlInvalid('Only http and https addresses can be imported.');
  if (authority.includes('@'))
    throw importUrlInvalid('User names and passwords are not allowed in the address.');
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:[0-9]{1,5})?$/i.exec(authority);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!match?.[1] || !url) throw importUrlInvalid('The host of the address cannot be read.');
  const written = match[1].toLowerCase();
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port === 0) throw importUrlInvalid('The port of the address cannot be used.');
  if (written.startsWith('[')) {
    return { url, host: ipaddr.parse(url.hostname.slice(1, -1)).toString(), port, isAddress: true };
  }
  if (written !== url.hostname) throw importUrlInvalid('Write an IP address as four plain decimal numbers.');
  if (written.length > 253 || written.includes('..'))
    throw importUrlInvalid('The host of the address cannot be read.');
  return { url, host: written, port, isAddress: ipaddr.IPv4.isValidFourPartDecimal(written) };
}
