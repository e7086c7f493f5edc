// Makes the kiosk's spoken clips (kiosk/speech). Needs Node 24, which npm scripts find first.
const { main } = await import('../kiosk/speech/main.ts')
process.exitCode = await main(process.argv.slice(2), console.log)
