import { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { access, constants, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import type { Text } from '../../frame/error-entry.ts'
import type { Ports } from '../../frame/ports.ts'

/** One thing looked at. `fail`: nothing will work; `warn`: something may not. */
export interface Finding {
  readonly id: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly text: Text
}

/** What the doctor may touch besides the ports. */
export interface DoctorPorts extends Ports {
  /** URIs of serial ports. */
  listPorts(): Promise<readonly string[]>
  /** Free bytes where a folder is. */
  freeBytes(path: string): Promise<number>
  /** Whether this user may read and write a device. */
  mayOpen(path: string): Promise<boolean>
  resolves(host: string): Promise<boolean>
  readonly nodeVersion: string
}

export const nodeDoctorPorts = (ports: Ports, listPorts: () => Promise<readonly string[]>): DoctorPorts => ({
  ...ports,
  listPorts,
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
  mayOpen: (path) =>
    access(path, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ),
  resolves: (host) =>
    lookup(host).then(
      () => true,
      () => false,
    ),
  nodeVersion: process.version,
})

const finding = (id: string, state: Finding['state'], ko: string, en: string): Finding => ({
  id,
  state,
  text: { ko, en },
})

const OLDEST_NODE = 24
const LEAST_FREE_BYTES = 200_000_000
/** Certificates are checked against the clock, and a ledger promise against minutes. */
const CLOCK_WARN_MS = 5_000
const CLOCK_FAIL_MS = 60_000
const CERTIFICATE_WARN_DAYS = 30
const DAY_MS = 86_400_000

export function checkNode({ nodeVersion }: DoctorPorts): Finding {
  const major = Number(/^v(\d+)/.exec(nodeVersion)?.[1])
  return major >= OLDEST_NODE
    ? finding('node', 'ok', `Node ${nodeVersion}`, `Node ${nodeVersion}`)
    : finding(
        'node',
        'fail',
        `Node ${nodeVersion}은 오래되었습니다.`,
        `Node ${nodeVersion} is too old; ${OLDEST_NODE} or later is needed.`,
      )
}

/** Programs that some steps use; none is needed for everything. */
export async function checkTools({ run }: DoctorPorts): Promise<Finding[]> {
  const tools = [
    [
      'tpm2_getcap',
      'TPM 봉인 없이 암호로만 키를 지킵니다.',
      'keys are sealed by a passphrase only, not by a TPM',
    ],
    ['systemctl', '서비스를 설치할 수 없습니다.', 'services cannot be installed on this machine'],
    ['chromium', 'Chromium 화면을 쓸 수 없습니다.', 'the Chromium shell cannot be used on this machine'],
  ] as const
  return Promise.all(
    tools.map(async ([name, ko, en]) => {
      const found = await run(name, ['--version'], { timeoutMs: 10_000 }).catch(() => null)
      return found === null
        ? finding(`tool-${name}`, 'warn', `${name} 없음: ${ko}`, `${name} is not installed: ${en}.`)
        : finding(`tool-${name}`, 'ok', `${name} 있음`, `${name} is installed.`)
    }),
  )
}

export async function checkPorts(ports: DoctorPorts): Promise<Finding[]> {
  const serial = (await ports.listPorts()).filter((uri) => uri.startsWith('serial:'))
  if (serial.length === 0) {
    return [
      finding(
        'ports',
        'warn',
        '연결된 시리얼 포트가 없습니다.',
        'No serial port is plugged in: no modem at a cable.',
      ),
    ]
  }
  return Promise.all(
    serial.map(async (uri) =>
      (await ports.mayOpen(uri.slice('serial:'.length)))
        ? finding('ports', 'ok', `${uri} 사용 가능`, `${uri} can be opened.`)
        : finding(
            'ports',
            'fail',
            `${uri}을(를) 열 권한이 없습니다. sudo usermod -aG dialout $USER 뒤 다시 로그인하세요.`,
            `${uri} may not be opened: sudo usermod -aG dialout $USER, then log in again.`,
          ),
    ),
  )
}

export async function checkSpace(ports: DoctorPorts, folder: string): Promise<Finding> {
  const free = await ports.freeBytes(folder).catch(() => null)
  if (free === null)
    return finding(
      'space',
      'fail',
      `${folder} 폴더가 없습니다.`,
      `The folder ${folder} is not there; is the stick plugged in?`,
    )
  const megabytes = Math.floor(free / 1_000_000)
  return free < LEAST_FREE_BYTES
    ? finding(
        'space',
        'fail',
        `남은 공간 ${megabytes} MB`,
        `Only ${megabytes} MB are free at ${folder}; 200 MB are needed.`,
      )
    : finding('space', 'ok', `남은 공간 ${megabytes} MB`, `${megabytes} MB are free at ${folder}.`)
}

export async function checkName(ports: DoctorPorts, host: string): Promise<Finding> {
  return (await ports.resolves(host))
    ? finding('dns', 'ok', `${host} 이름 확인됨`, `${host} is known.`)
    : finding(
        'dns',
        'fail',
        `${host}의 주소를 찾을 수 없습니다(DNS).`,
        `The name ${host} is not known (DNS).`,
      )
}

/** How far this machine's clock is from another one, which tells whole seconds. */
export function judgeClock(source: string, hereMs: number, thereMs: number): Finding {
  const offMs = hereMs - thereMs
  const amount = describeDuration(Math.abs(offMs))
  const [koSide, enSide] = offMs > 0 ? ['빠릅니다', 'ahead of'] : ['느립니다', 'behind']
  if (Math.abs(offMs) <= CLOCK_WARN_MS)
    return finding('clock', 'ok', `시계가 ${source}와 맞습니다.`, `The clock agrees with ${source}.`)
  const state = Math.abs(offMs) > CLOCK_FAIL_MS ? 'fail' : 'warn'
  return finding(
    'clock',
    state,
    `시계가 ${source}보다 ${amount} ${koSide}. timedatectl set-ntp true`,
    `The clock is ${amount} ${enSide} ${source}: certificates will seem wrong. timedatectl set-ntp true`,
  )
}

/** The `Date` of an HTTP answer, whatever the answer says. */
export async function checkHttpClock(ports: DoctorPorts, url: string): Promise<Finding> {
  const host = URL.parse(url)?.host ?? url
  const signal = AbortSignal.timeout(5_000)
  const response = await ports.fetch(url, { method: 'HEAD', signal }).catch(() => null)
  const thereMs = Date.parse(response?.headers.get('date') ?? '')
  if (response === null)
    return finding(
      'bridge',
      'warn',
      `${host}에 연결되지 않습니다.`,
      `${host} does not answer; its clock cannot be compared.`,
    )
  return Number.isNaN(thereMs)
    ? finding('clock', 'warn', `${host}가 시각을 알려 주지 않습니다.`, `${host} does not tell the time.`)
    : judgeClock(host, ports.clock.now(), thereMs)
}

/** Certificates of the device folder: not yet valid, expired, or soon so. */
export async function checkCertificates(ports: DoctorPorts, folder: string): Promise<Finding[]> {
  const names = (await ports.files.list(folder)).filter((name) => name.endsWith('.pem'))
  const nowMs = ports.clock.now()
  const found: Finding[] = []
  for (const name of names) {
    const bytes = await ports.files.read(join(folder, name))
    if (bytes === null || !decodeUtf8(bytes).includes('BEGIN CERTIFICATE')) continue
    found.push(judgeCertificate(name, bytes, nowMs))
  }
  return found
}

function judgeCertificate(name: string, bytes: Uint8Array, nowMs: number): Finding {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(bytes)
  } catch {
    return finding('certificate', 'fail', `${name}을(를) 읽을 수 없습니다.`, `${name} is damaged.`)
  }
  const { validFromDate, validToDate } = certificate
  const until = validToDate.toISOString().slice(0, 10)
  if (nowMs < validFromDate.getTime())
    return finding(
      'certificate',
      'fail',
      `${name}은(는) 아직 유효하지 않습니다. 시계를 확인하세요.`,
      `${name} is not valid yet; check the clock.`,
    )
  const days = Math.floor((validToDate.getTime() - nowMs) / DAY_MS)
  if (days < 0)
    return finding('certificate', 'fail', `${name} 만료: ${until}`, `${name} expired on ${until}.`)
  return days < CERTIFICATE_WARN_DAYS
    ? finding(
        'certificate',
        'warn',
        `${name} ${days}일 뒤 만료`,
        `${name} expires in ${days} days, on ${until}.`,
      )
    : finding('certificate', 'ok', `${name} 유효: ${until}까지`, `${name} is valid until ${until}.`)
}

function describeDuration(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} d`
  if (ms >= 2 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`
}
