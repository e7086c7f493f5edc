import { moderationRecord } from '@hanpyo/authority/official-records.ts'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { KioskView } from '@hanpyo/kiosk/contract/views.ts'
import { parseHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { publish, until } from './polling-day.ts'
import type { Progress } from './progress.ts'
import { asStaff } from './staff.ts'
import type { KioskPlace, World } from './world.ts'

/** What the script did, for comparison with what `hanpyo verify` counts. */
export interface ProposalCounts {
  readonly handedIn: number
  /** The authors are supporters too. */
  readonly supports: number
  readonly hidden: number
}

type Kiosk = Client<KioskContract>

const TEXTS = [
  '양재천 산책로 영동3교 아래가 비만 오면 미끄럽습니다. 배수로를 손보고 미끄럼 방지 포장을 해 주세요.',
  '경로당에서 스마트폰 교실을 매주 열어 주세요. 병원 예약과 기차표 예매를 직접 연습해 보고 싶습니다.',
  '초등학교 앞 횡단보도 신호가 너무 짧습니다. 아이들이 뛰어서 건너니 5초만 늘려 주세요.',
]
const SUPPORTERS = 5
const REASON = '같은 내용의 제안이 이미 있습니다.'

/**
 * People who have voted hand in proposals with their slips, one at each kiosk and so one over LoRaWAN where a kiosk has
 * nothing else; others support what has been published; one proposal is hidden. `null` where none are taken.
 *
 * @param slips the slips of people who are at the polling places, as printed
 */
export async function runProposals(
  world: World,
  slips: readonly string[],
  progress: Progress,
): Promise<ProposalCounts | null> {
  const offer = world.offices.election.manifest.proposals
  if (offer === undefined) return null
  const handedIn = Math.min(TEXTS.length, slips.length)
  for (let i = 0; i < handedIn; i++) {
    const { core, link, enrolled } = placeOf(world, i)
    const topic = (offer.topics[i % offer.topics.length] as (typeof offer.topics)[number]).id
    await propose(core.client, topic, TEXTS[i] as string, slips[i] as string)
    progress.say(`Kiosk ${enrolled.id}: a resident hands in a proposal${link.isUp ? '' : ', over LoRaWAN'}.`)
  }
  await until(world, 'the proposals are published', async () => (await listed(world)).length === handedIn)
  const supported = await supportOver(world, slips.slice(handedIn), handedIn, progress)
  const hidden = await hideOne(world, progress)
  return { handedIn, supports: handedIn + supported, hidden }
}

async function propose(kiosk: Kiosk, topic: number, text: string, slip: string): Promise<void> {
  await step(kiosk['proposal.start']({}))
  await step(kiosk['proposal.new']({}))
  await step(kiosk['proposal.topic']({ topic }))
  await step(kiosk['proposal.text']({ text }))
  let view = await step(kiosk['proposal.next']({}))
  while (view.screen.screen !== 'proposal-consent') view = await step(kiosk['proposal.next']({}))
  await step(kiosk['proposal.confirm']({}))
  await scanned(kiosk, slip)
}

/** Supports at a kiosk that reads the ledger over its network; the number of them. */
async function supportOver(
  world: World,
  slips: readonly string[],
  published: number,
  progress: Progress,
): Promise<number> {
  const place = world.kiosks.find(({ link }) => link.isUp)
  if (place === undefined) return 0
  const kiosk = place.core.client
  let ids: string[] = []
  await until(world, 'a kiosk shows the published proposals', async () => {
    ids = await readableAt(kiosk)
    return ids.length >= published
  })
  const supporters = slips.slice(0, SUPPORTERS)
  for (const [i, slip] of supporters.entries()) {
    await step(kiosk['proposal.start']({}))
    await step(kiosk['proposal.list']({ page: 1 }))
    await step(kiosk['proposal.support']({ id: ids[i % ids.length] as string }))
    await step(kiosk['proposal.confirm']({}))
    await scanned(kiosk, slip)
  }
  progress.say(`Kiosk ${place.enrolled.id}: ${supporters.length} residents support proposals of others.`)
  return supporters.length
}

/** Ids on the first page that are on the ledger already. */
async function readableAt(kiosk: Kiosk): Promise<string[]> {
  await step(kiosk['proposal.start']({}))
  const { screen } = await step(kiosk['proposal.list']({ page: 1 }))
  await step(kiosk['session.leave']({}))
  if (screen.screen !== 'proposal-list') throw new Error(`the kiosk shows ${screen.screen}`)
  return screen.items.filter(({ isWaiting }) => !isWaiting).map(({ id }) => id)
}

/** Staff of a centre hide what was handed in there; where no kiosk sees the ledger, the authority does it. */
async function hideOne(world: World, progress: Progress): Promise<number> {
  const own = world.kiosks.find(({ link }, i) => link.isUp && i < TEXTS.length)
  const staffed = own === undefined ? undefined : await hideAt(own)
  if (staffed === true) {
    progress.say(`Kiosk ${own?.enrolled.id}: staff hide a proposal, with a public reason.`)
  } else {
    const { election, authority } = world.offices
    const [first] = await listed(world)
    const id = parseHex(first?.id ?? '') ?? new Uint8Array(32)
    const at = Math.floor(world.clock.now() / 1000)
    const record = moderationRecord(election, authority, { id, action: 'hide', reason: REASON, at })
    await publish(world, expectOk(record))
    progress.say('The authority hides a proposal, with a public reason.')
  }
  await until(world, 'the proposal is hidden', async () => (await listed(world)).some(({ hidden }) => hidden))
  return 1
}

/** False when nothing was handed in at the centre of this kiosk. */
async function hideAt({ core }: KioskPlace): Promise<boolean> {
  const kiosk = core.client
  const { items } = await asStaff(kiosk, () => kiosk['staff.proposals']({ page: 1 }))
  const id = items[0]?.id
  if (id === undefined) return false
  await asStaff(kiosk, () => kiosk['staff.moderate']({ id, action: 'hide', reason: REASON }))
  return true
}

async function scanned(kiosk: Kiosk, slip: string): Promise<void> {
  const { screen } = await step(kiosk['session.scan']({ text: slip }))
  if (screen.screen !== 'proposal-stored') {
    const problem = screen.screen === 'proposal-slip' ? screen.problem : screen.screen
    throw new Error(`the kiosk did not take the slip for a proposal: ${problem}`)
  }
  await step(kiosk['session.finish']({}))
}

/** What the bridge says is published. */
async function listed(world: World): Promise<{ readonly id: string; readonly hidden: boolean }[]> {
  const answer = await fetch(new URL('/proposals', world.bridge.url))
  return (await answer.json()) as { id: string; hidden: boolean }[]
}

function placeOf({ kiosks }: World, i: number): KioskPlace {
  return kiosks[i % kiosks.length] as KioskPlace
}

async function step(
  reply: Promise<{ ok: true; value: KioskView } | { ok: false; error: string }>,
): Promise<KioskView> {
  const result = await reply
  if (!result.ok) throw new Error(`the kiosk answered ${result.error} to a step of a proposal`)
  return result.value
}
