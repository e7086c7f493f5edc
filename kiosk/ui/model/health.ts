import type { Health } from '../../src/contract/views.ts'

/** One line of the staff page: a plain sentence, never a code. */
export interface HealthFact {
  readonly name: string
  readonly says: string
  readonly state: 'good' | 'look'
}

/** The kiosk's health in the order staff would ask: votes, their way out, then the machine. */
export function healthFacts(health: Health): HealthFact[] {
  const { routes, box, outbox, disk, scanner, printer, clock } = health
  const isWayOut = routes.wifi.state === 'online' || routes.lora.state === 'online'
  return [
    fact('투표한 사람', `${box.cast}명`, true),
    fact('점검한 표', `${box.challenged}장`, true),
    outbox.waiting === 0
      ? fact('보내기', '모두 보냈어요', true)
      : fact('보내기', `${outbox.waiting}건이 기다려요. 저장되어 있으니 괜찮아요`, isWayOut),
    ...(outbox.waitingForWifi === 0
      ? []
      : [fact('와이파이를 기다리는 것', `${outbox.waitingForWifi}건`, false)]),
    routes.wifi.state === 'online' && routes.wifi.suspect
      ? fact('와이파이', '연결이 고르지 않아요', false)
      : fact('와이파이', ROUTE_SAYS[routes.wifi.state], routes.wifi.state !== 'offline'),
    fact('무선 (LoRa)', ROUTE_SAYS[routes.lora.state], routes.lora.state !== 'offline'),
    ...(box.assisted === 0 ? [] : [fact('도와드린 사람', `${box.assisted}명`, true)]),
    fact('종이 읽는 장치', ROUTE_SAYS[scanner], scanner !== 'offline'),
    ...keyFacts('키패드', health.keypad),
    ...keyFacts('스위치', health.switches),
    printerFact(printer),
    clock.state === 'wrong'
      ? fact('시계', '시간이 맞지 않아요. 기술 담당자를 불러 주세요. 투표는 할 수 있어요', false)
      : fact('시계', clock.state === 'ok' ? '맞아요' : '견주어 볼 곳이 없어요', true),
    fact('저장할 자리', disk.low ? '거의 찼어요. 기술 담당자를 불러 주세요' : '넉넉해요', !disk.low),
  ]
}

const ROUTE_SAYS = {
  online: '이어져 있어요',
  offline: '끊겼어요. 표는 기기에 남아 있어요',
  'not-configured': '쓰지 않아요',
} as const

function fact(name: string, says: string, isGood: boolean): HealthFact {
  return { name, says, state: isGood ? 'good' : 'look' }
}

/** Said only where there is one: most kiosks have no switches. */
function keyFacts(name: string, { state, stuckKeys }: Health['keypad']): HealthFact[] {
  if (state === 'not-configured') return []
  if (state === 'offline')
    return [fact(name, '빠졌어요. 선을 살펴봐 주세요. 화면을 눌러서는 투표할 수 있어요', false)]
  if (stuckKeys.length > 0)
    return [fact(name, '눌린 채로 있는 키가 있어요. 키를 풀어 주세요. 다른 키는 쓸 수 있어요', false)]
  return [fact(name, '준비되었어요', true)]
}

function printerFact({ state, paper, problem }: Health['printer']): HealthFact {
  const name = '영수증 프린터'
  if (state === 'not-configured') return fact(name, ROUTE_SAYS[state], true)
  if (paper === 'out') return fact(name, '종이를 넣어 주세요. 투표는 할 수 있어요', false)
  if (state === 'offline' || problem !== null)
    return fact(name, '쓸 수 없어요. 선과 전원을 살펴봐 주세요. 투표는 할 수 있어요', false)
  return paper === 'low' ? fact(name, '종이가 얼마 남지 않았어요', false) : fact(name, '준비되었어요', true)
}
