#!/usr/bin/env node
// A function whose new versions get a tenth of the traffic first. What Cutover wants stands in the last line.
'use strict';

const path = require('node:path');
const { App, Duration, Stack } = require('aws-cdk-lib');
const cloudwatch = require('aws-cdk-lib/aws-cloudwatch');
const codedeploy = require('aws-cdk-lib/aws-codedeploy');
const lambda = require('aws-cdk-lib/aws-lambda');

const stack = new Stack(new App(), 'Shop');

const shop = new lambda.Function(stack, 'Function', {
  runtime: lambda.Runtime.PYTHON_3_13,
  handler: 'shop.handler',
  code: lambda.Code.fromAsset(path.join(__dirname, 'src')),
});
const live = new lambda.Alias(stack, 'Live', { aliasName: 'live', version: shop.currentVersion });

// An alarm stops the deployment and brings the old version back.
const errors = new cloudwatch.Alarm(stack, 'Errors', {
  metric: live.metricErrors({ period: Duration.minutes(1) }),
  threshold: 1,
  evaluationPeriods: 1,
  comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
});

new codedeploy.LambdaDeploymentGroup(stack, 'Group', {
  alias: live,
  deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  alarms: [errors],
});

stack.addTransform('Cutover');
