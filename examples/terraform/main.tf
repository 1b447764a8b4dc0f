# What is deployed how, kept in Cutover by the resources made for CodeDeploy. The provider needs the endpoint alone:
#
#   cutover proxy --function $(terraform -chdir=… output -raw api_function) &     on AWS, at http://127.0.0.1:7272
#   terraform apply -var cutover_endpoint=http://127.0.0.1:7272

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "cutover_endpoint" {
  description = "Where Cutover answers."
  type        = string
  default     = "http://127.0.0.1:7171"
}

variable "service_role_arn" {
  description = "CodeDeploy asks for a role. Cutover keeps it and works with the roles of its own functions."
  type        = string
  default     = "arn:aws:iam::123456789012:role/any"
}

provider "aws" {
  region = "eu-central-1"

  endpoints {
    codedeploy = var.cutover_endpoint
  }
}

resource "aws_codedeploy_app" "checkout" {
  name             = "checkout"
  compute_platform = "Lambda"
}

resource "aws_codedeploy_deployment_config" "careful" {
  deployment_config_name = "Careful"
  compute_platform       = "Lambda"

  traffic_routing_config {
    type = "TimeBasedLinear"

    time_based_linear {
      interval   = 2
      percentage = 20
    }
  }
}

resource "aws_codedeploy_deployment_group" "prod" {
  app_name               = aws_codedeploy_app.checkout.name
  deployment_group_name  = "prod"
  deployment_config_name = aws_codedeploy_deployment_config.careful.deployment_config_name
  service_role_arn       = var.service_role_arn

  deployment_style {
    deployment_type   = "BLUE_GREEN"
    deployment_option = "WITH_TRAFFIC_CONTROL"
  }

  alarm_configuration {
    alarms  = ["checkout-errors"]
    enabled = true
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
  }
}
