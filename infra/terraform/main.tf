# Cutover on AWS as a module: the stack of template.yaml, from where `sam package` has put it.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

resource "aws_cloudformation_stack" "cutover" {
  name         = var.name
  template_url = var.template_url
  # The functions' roles, and the transform of the template.
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters   = { for name, value in var.parameters : name => value if value != null }
  tags         = var.tags

  timeouts {
    create = "30m"
    update = "30m"
    delete = "30m"
  }
}

# Whoever deploys: may ask the API, and nothing else of Cutover's.
resource "aws_iam_role_policy_attachment" "caller" {
  for_each   = toset(var.caller_role_names)
  role       = each.value
  policy_arn = aws_cloudformation_stack.cutover.outputs["ApiCallerPolicyArn"]
}
