// Arithmetic modulo p = 2^255 - 19 on ten signed 32-bit limbs of 26 and 25 bits in turn (Bernstein, "Curve25519",
// PKC 2006; the limb layout of SUPERCOP ref10). A field element is a pointer to 40 bytes. Inputs of `mul` and `square`
// may be sums or differences of two reduced elements, no more. Variable time: for public data only.

export const FE: usize = 40

@inline function at(f: usize, i: i32): i64 {
  return <i64>load<i32>(f + (<usize>i << 2))
}

@inline function put(h: usize, i: i32, v: i64): void {
  store<i32>(h + (<usize>i << 2), <i32>v)
}

export function copy(h: usize, f: usize): void {
  memory.copy(h, f, FE)
}

export function setSmall(h: usize, value: i32): void {
  memory.fill(h, 0, FE)
  store<i32>(h, value)
}

export function add(h: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 4) store<i32>(h + i, load<i32>(f + i) + load<i32>(g + i))
}

export function sub(h: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 4) store<i32>(h + i, load<i32>(f + i) - load<i32>(g + i))
}

export function neg(h: usize, f: usize): void {
  for (let i: usize = 0; i < FE; i += 4) store<i32>(h + i, -load<i32>(f + i))
}

// Carries ten 64-bit coefficients back into limbs and stores them.
@inline function carry(
  h: usize,
  h0: i64, h1: i64, h2: i64, h3: i64, h4: i64, h5: i64, h6: i64, h7: i64, h8: i64, h9: i64,
): void {
  let c: i64
  c = (h0 + (1 << 25)) >> 26; h1 += c; h0 -= c << 26
  c = (h4 + (1 << 25)) >> 26; h5 += c; h4 -= c << 26
  c = (h1 + (1 << 24)) >> 25; h2 += c; h1 -= c << 25
  c = (h5 + (1 << 24)) >> 25; h6 += c; h5 -= c << 25
  c = (h2 + (1 << 25)) >> 26; h3 += c; h2 -= c << 26
  c = (h6 + (1 << 25)) >> 26; h7 += c; h6 -= c << 26
  c = (h3 + (1 << 24)) >> 25; h4 += c; h3 -= c << 25
  c = (h7 + (1 << 24)) >> 25; h8 += c; h7 -= c << 25
  c = (h4 + (1 << 25)) >> 26; h5 += c; h4 -= c << 26
  c = (h8 + (1 << 25)) >> 26; h9 += c; h8 -= c << 26
  c = (h9 + (1 << 24)) >> 25; h0 += c * 19; h9 -= c << 25
  c = (h0 + (1 << 25)) >> 26; h1 += c; h0 -= c << 26
  put(h, 0, h0); put(h, 1, h1); put(h, 2, h2); put(h, 3, h3); put(h, 4, h4)
  put(h, 5, h5); put(h, 6, h6); put(h, 7, h7); put(h, 8, h8); put(h, 9, h9)
}

/** h = f * g; h may be f or g. */
export function mul(h: usize, f: usize, g: usize): void {
  const f0 = at(f, 0), f1 = at(f, 1), f2 = at(f, 2), f3 = at(f, 3), f4 = at(f, 4)
  const f5 = at(f, 5), f6 = at(f, 6), f7 = at(f, 7), f8 = at(f, 8), f9 = at(f, 9)
  const g0 = at(g, 0), g1 = at(g, 1), g2 = at(g, 2), g3 = at(g, 3), g4 = at(g, 4)
  const g5 = at(g, 5), g6 = at(g, 6), g7 = at(g, 7), g8 = at(g, 8), g9 = at(g, 9)
  const k1 = 19 * g1, k2 = 19 * g2, k3 = 19 * g3, k4 = 19 * g4, k5 = 19 * g5
  const k6 = 19 * g6, k7 = 19 * g7, k8 = 19 * g8, k9 = 19 * g9
  const d1 = 2 * f1, d3 = 2 * f3, d5 = 2 * f5, d7 = 2 * f7, d9 = 2 * f9
  carry(
    h,
    f0 * g0 + d1 * k9 + f2 * k8 + d3 * k7 + f4 * k6 + d5 * k5 + f6 * k4 + d7 * k3 + f8 * k2 + d9 * k1,
    f0 * g1 + f1 * g0 + f2 * k9 + f3 * k8 + f4 * k7 + f5 * k6 + f6 * k5 + f7 * k4 + f8 * k3 + f9 * k2,
    f0 * g2 + d1 * g1 + f2 * g0 + d3 * k9 + f4 * k8 + d5 * k7 + f6 * k6 + d7 * k5 + f8 * k4 + d9 * k3,
    f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * k9 + f5 * k8 + f6 * k7 + f7 * k6 + f8 * k5 + f9 * k4,
    f0 * g4 + d1 * g3 + f2 * g2 + d3 * g1 + f4 * g0 + d5 * k9 + f6 * k8 + d7 * k7 + f8 * k6 + d9 * k5,
    f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + f6 * k9 + f7 * k8 + f8 * k7 + f9 * k6,
    f0 * g6 + d1 * g5 + f2 * g4 + d3 * g3 + f4 * g2 + d5 * g1 + f6 * g0 + d7 * k9 + f8 * k8 + d9 * k7,
    f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * k9 + f9 * k8,
    f0 * g8 + d1 * g7 + f2 * g6 + d3 * g5 + f4 * g4 + d5 * g3 + f6 * g2 + d7 * g1 + f8 * g0 + d9 * k9,
    f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0,
  )
}

/** h = f * f; h may be f. */
export function square(h: usize, f: usize): void {
  const f0 = at(f, 0), f1 = at(f, 1), f2 = at(f, 2), f3 = at(f, 3), f4 = at(f, 4)
  const f5 = at(f, 5), f6 = at(f, 6), f7 = at(f, 7), f8 = at(f, 8), f9 = at(f, 9)
  const d0 = 2 * f0, d1 = 2 * f1, d2 = 2 * f2, d3 = 2 * f3, d4 = 2 * f4, d5 = 2 * f5, d6 = 2 * f6, d7 = 2 * f7
  const k5 = 38 * f5, k6 = 19 * f6, k7 = 38 * f7, k8 = 19 * f8, k9 = 38 * f9
  carry(
    h,
    f0 * f0 + d1 * k9 + d2 * k8 + d3 * k7 + d4 * k6 + f5 * k5,
    d0 * f1 + f2 * k9 + d3 * k8 + f4 * k7 + d5 * k6,
    d0 * f2 + d1 * f1 + d3 * k9 + d4 * k8 + d5 * k7 + f6 * k6,
    d0 * f3 + d1 * f2 + f4 * k9 + d5 * k8 + f6 * k7,
    d0 * f4 + d1 * d3 + f2 * f2 + d5 * k9 + d6 * k8 + f7 * k7,
    d0 * f5 + d1 * f4 + d2 * f3 + f6 * k9 + d7 * k8,
    d0 * f6 + d1 * d5 + d2 * f4 + d3 * f3 + d7 * k9 + f8 * k8,
    d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + f8 * k9,
    d0 * f8 + d1 * d7 + d2 * f6 + d3 * d5 + f4 * f4 + f9 * k9,
    d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5,
  )
}

/** h = f^(2^n). */
export function squareTimes(h: usize, f: usize, n: i32): void {
  square(h, f)
  for (let i = 1; i < n; i++) square(h, h)
}

const T0 = memory.data(40), T1 = memory.data(40), T2 = memory.data(40)

/** h = f^((p-5)/8) = f^(2^252 - 3). */
export function pow22523(h: usize, f: usize): void {
  square(T0, f) // 2
  squareTimes(T1, T0, 2) // 8
  mul(T1, f, T1) // 9
  mul(T0, T0, T1) // 11
  square(T0, T0) // 22
  mul(T0, T1, T0) // 2^5 - 1
  squareTimes(T1, T0, 5)
  mul(T0, T1, T0) // 2^10 - 1
  squareTimes(T1, T0, 10)
  mul(T1, T1, T0) // 2^20 - 1
  squareTimes(T2, T1, 20)
  mul(T1, T2, T1) // 2^40 - 1
  squareTimes(T1, T1, 10)
  mul(T0, T1, T0) // 2^50 - 1
  squareTimes(T1, T0, 50)
  mul(T1, T1, T0) // 2^100 - 1
  squareTimes(T2, T1, 100)
  mul(T1, T2, T1) // 2^200 - 1
  squareTimes(T1, T1, 50)
  mul(T0, T1, T0) // 2^250 - 1
  squareTimes(T0, T0, 2)
  mul(h, T0, f)
}

/** Reads 32 little-endian bytes; the top bit is ignored, values of p and more are reduced by later arithmetic. */
export function fromBytes(h: usize, s: usize): void {
  const w0 = load<u64>(s), w1 = load<u64>(s + 8), w2 = load<u64>(s + 16), w3 = load<u64>(s + 24)
  const m26: u64 = 0x3ffffff, m25: u64 = 0x1ffffff
  put(h, 0, w0 & m26)
  put(h, 1, (w0 >> 26) & m25)
  put(h, 2, ((w0 >> 51) | (w1 << 13)) & m26)
  put(h, 3, (w1 >> 13) & m25)
  put(h, 4, (w1 >> 38) & m26)
  put(h, 5, w2 & m25)
  put(h, 6, (w2 >> 25) & m26)
  put(h, 7, ((w2 >> 51) | (w3 << 13)) & m25)
  put(h, 8, (w3 >> 12) & m26)
  put(h, 9, (w3 >> 38) & m25)
}

/** Writes the canonical 32 little-endian bytes. */
export function toBytes(s: usize, f: usize): void {
  let h0 = at(f, 0), h1 = at(f, 1), h2 = at(f, 2), h3 = at(f, 3), h4 = at(f, 4)
  let h5 = at(f, 5), h6 = at(f, 6), h7 = at(f, 7), h8 = at(f, 8), h9 = at(f, 9)
  let q = (19 * h9 + (1 << 24)) >> 25
  q = (h0 + q) >> 26; q = (h1 + q) >> 25; q = (h2 + q) >> 26; q = (h3 + q) >> 25; q = (h4 + q) >> 26
  q = (h5 + q) >> 25; q = (h6 + q) >> 26; q = (h7 + q) >> 25; q = (h8 + q) >> 26; q = (h9 + q) >> 25
  h0 += 19 * q
  let c: i64
  c = h0 >> 26; h1 += c; h0 -= c << 26
  c = h1 >> 25; h2 += c; h1 -= c << 25
  c = h2 >> 26; h3 += c; h2 -= c << 26
  c = h3 >> 25; h4 += c; h3 -= c << 25
  c = h4 >> 26; h5 += c; h4 -= c << 26
  c = h5 >> 25; h6 += c; h5 -= c << 25
  c = h6 >> 26; h7 += c; h6 -= c << 26
  c = h7 >> 25; h8 += c; h7 -= c << 25
  c = h8 >> 26; h9 += c; h8 -= c << 26
  c = h9 >> 25; h9 -= c << 25
  store<u64>(s, <u64>h0 | (<u64>h1 << 26) | (<u64>h2 << 51))
  store<u64>(s + 8, (<u64>h2 >> 13) | (<u64>h3 << 13) | (<u64>h4 << 38))
  store<u64>(s + 16, <u64>h5 | (<u64>h6 << 25) | (<u64>h7 << 51))
  store<u64>(s + 24, (<u64>h7 >> 13) | (<u64>h8 << 12) | (<u64>h9 << 38))
}

const BYTES = memory.data(32)

export function isNegative(f: usize): bool {
  toBytes(BYTES, f)
  return (load<u8>(BYTES) & 1) == 1
}

export function isZero(f: usize): bool {
  toBytes(BYTES, f)
  return (load<u64>(BYTES) | load<u64>(BYTES + 8) | load<u64>(BYTES + 16) | load<u64>(BYTES + 24)) == 0
}

const DIFFERENCE = memory.data(40)

export function equals(f: usize, g: usize): bool {
  sub(DIFFERENCE, f, g)
  return isZero(DIFFERENCE)
}

/** h = g when `choose` is 1, h = f when it is 0; no branch, so that secret choices leave no trace in the timing. */
export function select(h: usize, f: usize, g: usize, choose: i32): void {
  const mask: u64 = 0 - <u64>choose
  for (let i: usize = 0; i < FE; i += 8) {
    const a = load<u64>(f + i)
    store<u64>(h + i, a ^ ((a ^ load<u64>(g + i)) & mask))
  }
}

const NEGATED = memory.data(40)

/** h = -f when `choose` is 1, h = f when it is 0; no branch. */
export function negateIf(h: usize, f: usize, choose: i32): void {
  neg(NEGATED, f)
  select(h, f, NEGATED, choose)
}

/** h = f or -f, whichever is not negative (RFC 9496 section 4.1, CT_ABS). */
export function absolute(h: usize, f: usize): void {
  negateIf(h, f, <i32>isNegative(f))
}

/** h = 1/f = f^(p-2) = (f^(2^252-3))^8 f^3; 0 for 0. */
export function invert(h: usize, f: usize): void {
  pow22523(DIFFERENCE, f)
  squareTimes(DIFFERENCE, DIFFERENCE, 3)
  mul(DIFFERENCE, DIFFERENCE, f)
  mul(DIFFERENCE, DIFFERENCE, f)
  mul(h, DIFFERENCE, f)
}
