import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Where clouds answer with a machine's own credentials: nothing of a prompt, or of an answer, has a place there. */
const METADATA_NAMES = ['metadata', 'metadata.google.internal', 'instance-data'];
const METADATA_ADDRESSES = new BlockList();
METADATA_ADDRESSES.addSubnet('169.254.0.0', 16, 'ipv4');
METADATA_ADDRESSES.addSubnet('fe80::', 10, 'ipv6');
METADATA_ADDRESSES.addAddress('fd00:ec2::254', 'ipv6');
METADATA_ADDRESSES.addAddress('100.100.100.200', 'ipv4');

/** Address of a server that we send requests to: http or https, and no link-local or metadata address. */
export const providerUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => !isMetadataHost(text), 'must not be a link-local or metadata address')
  .refine((text) => !hasCredentials(text), 'must not hold a user or password: the key has its own setting');

/** An address that is written as a name is not looked up. */
export function isMetadataHost(text: string): boolean {
  if (!URL.canParse(text)) return false;
  // Whatever notation an IPv4 address is written in, the parser has made it the usual one.
  const host = new URL(text).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const family = isIP(host);
  if (family === 0) return METADATA_NAMES.includes(host.toLowerCase());
  return METADATA_ADDRESSES.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}
