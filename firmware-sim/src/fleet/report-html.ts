import { type Axis, barPlot, escapeText, linePlot, mapPlot } from './plot.ts'
import { count, duration, type FleetReport, LOSS_NAMES, percent, trio } from './report-text.ts'
import type { FleetSummary } from './summary.ts'

const STYLE = `
:root{color-scheme:light}
body{font:16px/1.55 system-ui,"Noto Sans KR","Apple SD Gothic Neo",sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2.4rem;border-top:1px solid #ccc;padding-top:1rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .5rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #333;vertical-align:bottom}
.wide{overflow-x:auto}.facts th{font-weight:400}.facts td{font-weight:600}
figure{margin:1rem 0}svg{width:100%;height:auto;font:14px system-ui,"Noto Sans KR",sans-serif;fill:#1a1a1a}
figcaption,.small{color:#444;font-size:.92rem}summary{cursor:pointer}pre{background:#f3f3f3;padding:.7rem;white-space:pre-wrap}
@media print{details{display:none}}`

/** The report as one HTML file without scripts or anything from elsewhere. */
export function htmlReport(report: FleetReport): string {
  const { summary } = report
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(summary.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeText(summary.title)}</h1>
${summary.note === '' ? '' : `<p>${escapeText(summary.note)}</p>`}
<p class="small">Simulated; the same command gives the same figures:</p>
<pre>${escapeText(report.command)}</pre>
${keyFigures(summary)}
${mapSection(summary)}
${daySection(summary)}
${delaySection(summary)}
${lossSection(summary)}
${channelSection(summary)}
${gatewaySection(summary)}
${centreSection(summary)}
${sweepSection(report)}
${limits(summary)}
</main>
</body>
</html>
`
}

function keyFigures(summary: FleetSummary): string {
  const { ballots, uplinks, downlinks, slots } = summary
  const rows: [string, string][] = [
    ['Ballots cast', count(ballots.cast)],
    ['Acknowledged', `${count(ballots.acknowledged)} (${percent(ballots.acknowledgedShare, 3)})`],
    ['Still stored on kiosks at the end of the run', count(ballots.outstanding)],
    ['Last ack', `${summary.endHours.toFixed(2)} h after opening; polls were open for ${summary.hours} h`],
    ['Casting to ack: p50 / p95 / p99', `${trio(summary.castToAck)} (random hold included)`],
    ['First frame to ack: p50 / p95 / p99', trio(summary.sendToAck)],
    ['Uplink frames a ballot', uplinks.framesPerBallot.toFixed(2)],
    [
      'Downlinks',
      `${count(downlinks.sent)}, ${downlinks.airtimeS.toFixed(0)} s, ${downlinks.radiatedJ.toFixed(0)} J radiated`,
    ],
    [
      'Way of sending',
      slots === null
        ? 'at random after the hold (ALOHA with listening)'
        : `${slots.kiosks} of ${summary.kiosks} kiosks by the clock, ${slots.perSuperframe} slots in ${slots.superframeS} s`,
    ],
  ]
  return section('Key figures · 주요 수치', facts(rows))
}

function mapSection({ centres, gateways }: FleetSummary): string {
  const weak = centres.filter(({ dataRate }) => dataRate < 4)
  const names = weak.map(({ name, dataRate }) => `${name} (DR${dataRate})`).join(', ')
  const description =
    weak.length === 0
      ? 'Every centre reaches a gateway at DR4 or DR5, so that a ballot of one contest fits one frame.'
      : `Hollow circles need more than one frame for a ballot of one contest: ${names}.`
  const plot = mapPlot({
    title: 'Map of centres and gateways',
    description,
    marks: [
      ...centres.map(({ name, position, dataRate }) => ({
        position,
        label: `${name} · DR${dataRate}`,
        kind: 'centre' as const,
        quality: dataRate >= 4 ? 1 : 0,
      })),
      ...gateways.map(({ name, position }) => ({
        position,
        label: name,
        kind: 'gateway' as const,
        quality: 1,
      })),
    ],
  })
  return section('Map · 지도', figure(plot, `Triangles: gateways; circles: centres. ${description}`))
}

function daySection({ timeline }: FleetSummary): string {
  const plot = linePlot({
    title: 'Ballots by quarter of an hour',
    description: 'Cast and acknowledged ballots in each quarter of an hour since the polls opened.',
    x: { label: 'hours since opening' },
    y: { label: 'ballots in 15 min' },
    series: [
      { name: 'cast', points: timeline.map(({ hour, cast }) => [hour, cast] as const) },
      { name: 'acknowledged', points: timeline.map((row) => [row.hour, row.acknowledged] as const) },
    ],
  })
  const rows = timeline.map(({ hour, cast, acknowledged }) => [
    hour.toFixed(2),
    count(cast),
    count(acknowledged),
  ])
  return section(
    'The day · 하루',
    figure(plot, 'The acks follow the casting by the random hold.', ['hour', 'cast', 'acknowledged'], rows),
  )
}

function delaySection({ delayCurve, sendToAck }: FleetSummary): string {
  const caption = `Half of the ballots are acknowledged ${duration(sendToAck.p50)} after their first frame, 99 % within ${duration(sendToAck.p99)}.`
  const plot = linePlot({
    title: 'Delay from first frame to ack',
    description: caption,
    x: {
      label: 'seconds after the first frame (logarithmic)',
      ...decades(delayCurve.map(({ seconds }) => seconds)),
    },
    y: { label: 'share acknowledged', from: 0, to: 1, format: (value) => percent(value, 0) },
    series: [
      {
        name: 'acknowledged',
        points: delayCurve.map(({ share, seconds }) => [Math.log10(Math.max(0.1, seconds)), share] as const),
      },
    ],
  })
  const rows = delayCurve.map(({ share, seconds }) => [percent(share, 1), duration(seconds)])
  return section('Delay · 지연', figure(plot, caption, ['share', 'within'], rows))
}

function decades(seconds: readonly number[]): Omit<Axis, 'label'> {
  const to = Math.max(1, Math.ceil(Math.log10(Math.max(10, ...seconds))))
  return {
    from: 0,
    to,
    step: 1,
    format: (value) => (10 ** value).toLocaleString('en-US', { maximumFractionDigits: 0 }),
  }
}

function lossSection({ uplinks }: FleetSummary): string {
  const bars = Object.entries(uplinks.lostBy).map(([cause, lost]) => ({
    label: LOSS_NAMES[cause as keyof typeof LOSS_NAMES],
    value: lost,
    text: `${count(lost)} (${percent(lost / Math.max(1, uplinks.sent), 1)})`,
  }))
  const worst = bars.toSorted((a, b) => b.value - a.value)[0]!
  const caption = `Of ${count(uplinks.sent)} uplink frames ${count(uplinks.sent - uplinks.received)} reached no gateway; most often: ${worst.label}.`
  const plot = barPlot({ title: 'Lost uplink frames by cause', description: caption, bars })
  return section('Losses · 손실', figure(plot, caption))
}

function channelSection({ channels }: FleetSummary): string {
  const caption = 'Uplink airtime of each channel as a share of the time the polls were open.'
  const plot = barPlot({
    title: 'Airtime by channel',
    description: caption,
    bars: channels.map(({ mhz, airtimeS, share }) => ({
      label: `${mhz.toFixed(1)} MHz`,
      value: share,
      text: `${percent(share, 2)}, ${airtimeS.toFixed(0)} s`,
    })),
  })
  return section('Channels · 채널', figure(plot, caption))
}

function gatewaySection({ gateways }: FleetSummary): string {
  return section(
    'Gateways · 게이트웨이',
    `<p>A gateway hears nothing while it sends. An answer is refused when the gateway that should send it is sending already.</p>${dataTable(
      ['gateway', 'received', 'downlinks', 'refused', 'deaf', 'radiated'],
      gateways.map((one) => [
        one.name,
        count(one.received),
        count(one.downlinks),
        count(one.refused),
        percent(one.deafShare, 2),
        `${one.radiatedJ.toFixed(0)} J`,
      ]),
    )}`,
  )
}

function centreSection({ centres }: FleetSummary): string {
  return section(
    'Centres · 센터',
    dataTable(
      ['centre', 'kiosks', 'DR', 'SNR to spare', 'cast', 'acked', 'first frame to ack, p95'],
      centres.map((one) => [
        one.name,
        String(one.kiosks),
        String(one.dataRate),
        `${one.marginDb.toFixed(1)} dB`,
        count(one.cast),
        count(one.acknowledged),
        duration(one.sendToAck.p95),
      ]),
    ),
  )
}

function sweepSection({ sweeps }: FleetReport): string {
  if (sweeps.length === 0) return ''
  const caption = sweeps
    .map(({ name, carriedPerHour }) => `${name}: ${count(carriedPerHour)} ballots/h carried`)
    .join('; ')
  const most = Math.max(...sweeps.flatMap(({ points }) => points.map(({ offeredPerHour }) => offeredPerHour)))
  const plot = linePlot({
    title: 'Offered and acknowledged load',
    description: `${caption}. A load is carried when 99 % of the ballots are acknowledged within an hour of being cast, and 99.9 % in the end.`,
    x: { label: 'ballots offered an hour', from: 0 },
    y: { label: 'ballots acknowledged an hour', from: 0 },
    series: [
      ...sweeps.map(({ name, points }) => ({
        name,
        points: points.map((one) => [one.offeredPerHour, one.acknowledgedPerHour] as const),
      })),
      { name: 'all of it', points: [[0, 0] as const, [most, most] as const] },
    ],
  })
  const rows = sweeps.flatMap(({ name, points }) =>
    points.map((one) => [
      name,
      count(one.offeredPerHour),
      count(one.acknowledgedPerHour),
      percent(one.acknowledgedShare, 3),
      percent(one.withinAnHourShare, 2),
      duration(one.p95S),
      one.framesPerBallot.toFixed(2),
      one.isCarried ? 'yes' : 'no',
    ]),
  )
  const delays = linePlot({
    title: 'Delay by load',
    description:
      'Time from the first frame to the ack that 95 % of the ballots keep within, for each offered load.',
    x: { label: 'ballots offered an hour', from: 0 },
    y: {
      label: 'seconds (logarithmic)',
      ...decades(sweeps.flatMap(({ points }) => points.map(({ p95S }) => p95S ?? 1))),
    },
    series: sweeps.map(({ name, points }) => ({
      name,
      points: points.flatMap(({ offeredPerHour, p95S }) =>
        p95S === null ? [] : [[offeredPerHour, Math.log10(p95S)] as const],
      ),
    })),
  })
  const header = [
    'way of sending',
    'offered/h',
    'acked/h',
    'in the end',
    'in an hour',
    'p95',
    'frames',
    'carried',
  ]
  return section(
    'Saturation · 포화',
    figure(plot, `${caption}.`) + figure(delays, 'First frame to ack, 95 % of the ballots.', header, rows),
  )
}

function limits({ slots }: FleetSummary): string {
  return section(
    'What this does not say · 한계',
    `<ul>
<li>Path loss is a model with random shadowing drawn from the seed; measure each site before relying on it.</li>
<li>Nobody else uses the band. Kiosks have joined and ADR has settled before the polls open.</li>
<li>The network server and the bridge answer in time for every receive window.</li>
${slots === null ? '' : '<li>Clock errors are drawn from a normal distribution; a kiosk whose clock fails would send at random.</li>'}
</ul>`,
  )
}

function section(title: string, content: string): string {
  return `<section><h2>${escapeText(title)}</h2>\n${content}\n</section>`
}

function facts(rows: readonly (readonly [string, string])[]): string {
  const body = rows.map(
    ([name, value]) => `<tr><th scope="row">${escapeText(name)}</th><td>${escapeText(value)}</td></tr>`,
  )
  return `<table class="facts"><tbody>${body.join('\n')}</tbody></table>`
}

function figure(
  plot: string,
  caption: string,
  header: readonly string[] = [],
  rows: readonly (readonly string[])[] = [],
): string {
  const table =
    rows.length === 0
      ? ''
      : `<details><summary>Figures as a table</summary>${dataTable(header, rows)}</details>`
  return `<figure>${plot}<figcaption>${escapeText(caption)}</figcaption></figure>${table}`
}

function dataTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((cell) => `<th scope="col">${escapeText(cell)}</th>`).join('')
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td>${escapeText(cell)}</td>`).join('')
    return `<tr><th scope="row">${escapeText(first)}</th>${cells}</tr>`
  })
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}
