import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder } from './cache.ts';
import { StackError, findOnPath, runTool } from './tools.ts';

export const KAFKA_VERSION = '4.3.1';
const CACHED = `kafka-${KAFKA_VERSION}`;
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** The server, its console tools, and a logger that needs no configuration file. */
const ARTIFACTS = [
  ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
  ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
  ['org.slf4j', 'slf4j-simple', '1.7.36'],
] as const;

/** Java's class path of Kafka and its console tools: one wildcard entry, to be passed without a shell or in quotes. */
export async function findKafkaClassPath(onProgress: OnProgress): Promise<string> {
  return join(await cachedFolder(CACHED, (target) => download(target, onProgress)), '*');
}

/** @throws {StackError} saying how to get Java */
export function findJava(): string {
  const home = process.env['JAVA_HOME'];
  const java = home !== undefined && home !== '' ? join(home, 'bin/java') : findOnPath('java');
  if (java !== undefined) return java;
  throw new StackError(
    'Java 17 or later is missing, which Kafka needs: install it with `apt install default-jre-headless` or `brew install openjdk`, or set KAFKA_BROKERS.',
  );
}

async function download(folder: string, onProgress: OnProgress): Promise<void> {
  const maven = findOnPath('mvn');
  if (maven === undefined) {
    throw new StackError(
      'Maven is missing, which fetches Kafka: install it with `apt install maven` or `brew install maven`, or set KAFKA_BROKERS.',
    );
  }
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, projectXml());
  await withProgress('Kafka: fetching it through Maven (once, 54 MB)', onProgress, () =>
    runTool({
      command: maven,
      args: ['-q', '-B', '-f', pom, COPY_DEPENDENCIES, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime'],
    }),
  );
}

function projectXml(): string {
  const dependencies = ARTIFACTS.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>llm-kafka-pipeline</groupId><artifactId>dev-kafka</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>${dependencies.join('')}</dependencies></project>`,
  ].join('\n');
}
