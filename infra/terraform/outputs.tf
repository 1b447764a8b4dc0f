output "api_url" {
  description = "Endpoint of the CodeDeploy API, for callers that sign for Lambda."
  value       = aws_cloudformation_stack.cutover.outputs["ApiUrl"]
}

output "api_function" {
  description = "Function behind the API: what `cutover proxy --function` takes."
  value       = aws_cloudformation_stack.cutover.outputs["ApiFunction"]
}

output "api_caller_policy_arn" {
  description = "Attach it to whoever calls the API."
  value       = aws_cloudformation_stack.cutover.outputs["ApiCallerPolicyArn"]
}

output "host_desk_url" {
  description = "Where hosts enrol."
  value       = aws_cloudformation_stack.cutover.outputs["HostDeskUrl"]
}

output "pipeline_action_function" {
  description = "FunctionName of actions of CodePipeline that deploy."
  value       = aws_cloudformation_stack.cutover.outputs["PipelineActionFunction"]
}

output "webhook_url" {
  description = "Where webhooks call; null unless the parameter WebhookUrl is enabled."
  value       = lookup(aws_cloudformation_stack.cutover.outputs, "WebhookUrl", null)
}

output "shift_service_token" {
  description = "What infra/macro.yaml asks for, and the ServiceToken of Custom::CutoverLambdaShift."
  value       = aws_cloudformation_stack.cutover.outputs["ShiftServiceToken"]
}
