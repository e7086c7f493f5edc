import { BlockList, isIP, isIPv6 } from 'node:net'

/** Which peers are proxies of our own, whose word about the client is believed. */
export interface TrustedProxies {
  has(address: string): boolean
}

/** Reads addresses and CIDR ranges (`10.0.0.0/8`, `::1`); throws `RangeError` that names the one that is neither. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits, more] = range.split('/')
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    const isPrefix = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= widest)
    if (family === 0 || !isPrefix || more !== undefined) throw new RangeError(`no address or range: ${range}`)
    list.addSubnet(address, bits === undefined ? widest : Number(bits), family === 6 ? 'ipv6' : 'ipv4')
  }
  return {
    has(address) {
      const plain = unmapped(address)
      return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
    },
  }
}

/**
 * The address of the client: the socket's, or, when that is a trusted proxy, the last one in `X-Forwarded-For` that is none.
 * Everything left of it is what the client claims. A header that does not hold addresses leaves the proxy's own.
 */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  proxies: TrustedProxies,
): string {
  let address = unmapped(socketAddress)
  if (forwardedFor === undefined) return address
  const claimed = forwardedFor.split(',').map((part) => part.trim())
  while (proxies.has(address) && claimed.length > 0) {
    const next = unmapped(claimed.pop() as string)
    if (isIP(next) === 0) break
    address = next
  }
  return address
}

/**
 * What limits are counted by: an IPv4 address, or the /64 of an IPv6 address, because every household gets that many.
 */
export function addressKey(address: string): string {
  const plain = unmapped(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = (plain.split('%')[0] as string).split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`
}

/** An IPv4 address that came in IPv6 clothes (`::ffff:192.0.2.1`) as what it is. */
function unmapped(address: string): string {
  return /^::ffff:(?=[0-9.]+$)/i.test(address) ? address.slice(7) : address
}
