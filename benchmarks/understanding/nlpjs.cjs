// Learns and asks nlp.js: `node nlpjs.cjs JOB.json`, with NODE_PATH where node-nlp is installed. Called by rivals.py.
// The job: {language, phrases: [[text, topic]], messages: [text]}; the last line of the output is the result.
const fs = require('fs');
const { NlpManager } = require('node-nlp');

async function main() {
  const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const manager = new NlpManager({ languages: [job.language], autoSave: false, forceNER: false, nlu: { log: false } });
  for (const [text, topic] of job.phrases) manager.addDocument(job.language, text, topic);
  let began = process.hrtime.bigint();
  await manager.train();
  const learning = Number(process.hrtime.bigint() - began) / 1e9;
  const ranked = [];
  const seconds = [];
  for (const text of job.messages) {
    began = process.hrtime.bigint();
    const found = await manager.process(job.language, text);
    seconds.push(Number(process.hrtime.bigint() - began) / 1e9);
    const named = found.classifications.filter((one) => one.intent !== 'None');
    ranked.push(named.map((one) => [one.intent, one.score]));
  }
  console.log(`\n${JSON.stringify({ learning, seconds, ranked })}`);
}

main();
